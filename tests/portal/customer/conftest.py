"""The whole product under the customers' pages."""

import pytest

from tests.site import Site


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """The running site; these pages do not care which engine."""
    return sqlite_site
