"""Use cases of campaigns: what belongs to one stage stands in its folder, what may happen at any time beside them."""
