"""Commands for those who maintain the course; readers do not need them."""
