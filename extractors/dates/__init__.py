"""When an article was published: one module a basis yields claims, one resolver weighs them."""
