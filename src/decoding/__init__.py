"""Takes a picture as users give it: file, bytes, Pillow image or array; gives 8-bit BGR pixels.

Only ``images`` asks it; what is damaged, too large or of another kind ends in an `ImageError`.
"""
