"""The ratios of a run beside their targets, as an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

ROW_PX, NAME_PX, BAR_PX = 26, 430, 300


def svg(ratios: Mapping[str, float], targets: Mapping[str, tuple[str, float]]) -> str:
    """One bar for each ratio that has a target; the line in the middle is the target, and green is on its good side."""
    rows = [(name, ratio, *targets[name]) for name, ratio in ratios.items() if name in targets]
    height = ROW_PX * len(rows) + 10
    body = "".join(_row(index, *row) for index, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{NAME_PX + BAR_PX + 110}" height="{height}" '
        f'font-family="sans-serif" font-size="13">{body}</svg>\n'
    )


def met(ratio: float, sign: str, target: float) -> bool:
    """Whether the ratio is on the good side of its target."""
    return ratio >= target if sign == ">=" else ratio <= target


def _row(index: int, name: str, ratio: float, sign: str, target: float) -> str:
    """The bar grows with the ratio; the target stands in its middle, and what is twice as much fills it."""
    y = index * ROW_PX + 5
    share = min(1.0, ratio / (2 * target)) if target else min(1.0, ratio)
    colour = "#2a8" if met(ratio, sign, target) else "#c33"
    line, wide, high = NAME_PX + BAR_PX // 2, max(1, round(BAR_PX * share)), ROW_PX - 10
    return (
        f'<text x="4" y="{y + 15}">{escape(name)}</text>'
        f'<rect x="{NAME_PX}" y="{y + 3}" width="{wide}" height="{high}" fill="{colour}"/>'
        f'<line x1="{line}" x2="{line}" y1="{y}" y2="{y + ROW_PX - 4}" stroke="#000"/>'
        f'<text x="{NAME_PX + BAR_PX + 6}" y="{y + 15}">{ratio:.3g} ({escape(sign)} {target:g})</text>'
    )
