"""Events that a partner puts into our hands one by one."""
