"""The technicians' terminal: a Textual client of the daemon's API.

`mirror` holds what was last heard, `follow` keeps it fresh, `screens` show it, `lists` say which columns a list has.
Workers post messages; only handlers touch widgets. Device text reaches the screen through `safe` and `Content`, never
as markup.
"""
