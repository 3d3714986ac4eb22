"""Pixels of every kind of picture; only `images` asks for them.

Takes bytes, a Pillow image or an array; gives upright 8-bit sRGB pixels in BGR, or an `ImageError`.
"""
