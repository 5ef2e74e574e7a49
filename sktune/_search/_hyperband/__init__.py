"""Search with settings that are trained in steps of a resource."""
