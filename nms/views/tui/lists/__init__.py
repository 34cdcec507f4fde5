"""Which lists there are: their rows, columns, column sets and saved orders. One module a family of lists."""
