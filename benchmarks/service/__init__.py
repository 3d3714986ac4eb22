"""The service under load, beside the published study's way of serving."""
