"""What does not fit a narrow window: who makes a page scroll sideways, and whose words are cut off."""

from playwright.async_api import Page, expect

_OPEN = "() => { for (const each of document.querySelectorAll('details')) each.open = true; }"
# Hidden from eyes only is what is one pixel wide; what scrolls by itself is no wider than the window.
_TOO_WIDE = """
() => {
  const all = [...document.body.querySelectorAll("*:not(input)")], root = document.documentElement;
  const isCut = each => each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1
    && ["hidden", "clip"].includes(getComputedStyle(each).overflowX);
  const isOut = each => {
    const box = each.getBoundingClientRect();
    return box.right > root.clientWidth + 1 || box.left < -1;
  };
  const scrolls = root.scrollWidth > root.clientWidth;
  const found = [...all.filter(isCut), ...(scrolls ? [root, ...all.filter(isOut).slice(-2)] : [])];
  return found.map(each => `<${each.tagName.toLowerCase()}> ${each.textContent.trim().slice(0, 60)}`);
}
"""


async def open_all(page: Page) -> None:
    """Show whatever a page folds away."""
    await page.evaluate(_OPEN)


async def too_wide(page: Page) -> list[str]:
    """The elements that need more room than there is."""
    found: list[str] = await page.evaluate(_TOO_WIDE)
    return found


async def fits(page: Page) -> None:
    """Nothing has to be scrolled sideways, and no word is cut off."""
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert await too_wide(page) == [], page.url
