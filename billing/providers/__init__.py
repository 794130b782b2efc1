"""Payment processors, the one outward door of the product."""
