"""A door without a building: visitors as a camera would see them. Nothing here runs at a gate."""

try:
    import PIL
    import segno
except ImportError as error:
    raise ImportError(
        f"The simulation draws visitors with Pillow and segno, and one is missing ({error}). "
        "Run ./install.sh demo, or: pip install 'gate[demo]'",
    ) from error

__all__ = ["PIL", "segno"]
