"""The container's image without a container engine: the Dockerfile's steps in Debian roots."""
