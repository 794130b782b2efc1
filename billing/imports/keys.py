"""The keys under which a chunk of rows looks for what is known already."""

from collections.abc import Sequence
from functools import lru_cache

from billing.emails import email_key, order_id_key
from billing.imports.ports import Wanted
from billing.imports.rows import CHARGES, REVERSALS, PastRow, RowKind

# The same customers come again and again; how many are kept is bounded.
email_key_of = lru_cache(maxsize=8192)(email_key)


@lru_cache(maxsize=8192)
def order_id_of(number: int) -> str:
    """The Order ID of the payment that a row with this ID tells of."""
    return order_id_key(str(number))


def wanted_of(rows: Sequence[PastRow]) -> Wanted:
    """All that these rows name."""
    return Wanted(
        customers={row.customer_ref for row in rows},
        products={(row.product, row.price_point) for row in rows if row.product},
        agreements={row.agreement_ref for row in rows if row.agreement_ref},
        order_ids={order_id_of(row.number) for row in rows if row.kind in (RowKind.SALE, RowKind.REBILL)},
        charges={row.charge_id for row in rows if row.kind in CHARGES and row.charge_id},
        reversed_charges={row.charge_id for row in rows if row.kind in REVERSALS and row.charge_id},
        processor_agreements={
            row.agreement_ref: row.agreement_processor_id for row in rows if row.agreement_processor_id
        },
    )
