"""Pages for a browser: rendered here, readable without JavaScript, under a policy that allows no script at all."""
