"""Pixels of every kind of picture, for which only `images` asks, and which kind a file is.

Takes bytes, a Pillow image or an array; gives upright 8-bit sRGB pixels in BGR, or an `ImageError`.
"""
