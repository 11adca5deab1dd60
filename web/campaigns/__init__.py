"""Pages of campaigns: the list, the wizard of a draft, and the live page of a launched one."""
