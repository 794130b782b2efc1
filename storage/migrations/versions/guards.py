"""What the database refuses whoever asks: moves where no arrow leads, and rewriting what money did."""

from alembic import op

revision = "0006"
down_revision = "0005"

NEVER_REWRITTEN = {
    "sqlite": (
        "CREATE TRIGGER operations_are_not_rewritten BEFORE UPDATE ON operations WHEN "
        "OLD.request_id IS NOT NEW.request_id OR OLD.kind IS NOT NEW.kind OR OLD.key IS NOT "
        "NEW.key OR OLD.payment_id IS NOT NEW.payment_id OR OLD.subscription_id IS NOT "
        "NEW.subscription_id OR OLD.processor_target IS NOT NEW.processor_target OR "
        "OLD.amount_minor IS NOT NEW.amount_minor OR OLD.currency IS NOT NEW.currency OR "
        "(OLD.first_sent_at IS NOT NULL AND OLD.first_sent_at IS NOT NEW.first_sent_at) OR "
        "(OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ('planned>failed', "
        "'planned>sent', 'sent>failed', 'sent>succeeded', 'sent>unknown', 'succeeded>reversed', "
        "'unknown>failed', 'unknown>succeeded')) BEGIN SELECT RAISE(ABORT, 'what money did is not"
        " rewritten'); END",
        "CREATE TRIGGER card_steps_are_not_rewritten BEFORE UPDATE ON card_steps WHEN "
        "OLD.change_id IS NOT NEW.change_id OR OLD.kind IS NOT NEW.kind OR OLD.key IS NOT NEW.key"
        " OR OLD.target IS NOT NEW.target OR OLD.amount_minor IS NOT NEW.amount_minor OR "
        "OLD.currency IS NOT NEW.currency OR (OLD.first_sent_at IS NOT NULL AND OLD.first_sent_at"
        " IS NOT NEW.first_sent_at) OR (OLD.state <> NEW.state AND OLD.state || '>' || NEW.state "
        "NOT IN ('planned>failed', 'planned>sent', 'sent>failed', 'sent>succeeded', "
        "'sent>unknown', 'succeeded>reversed', 'unknown>failed', 'unknown>succeeded')) BEGIN "
        "SELECT RAISE(ABORT, 'what money did is not rewritten'); END",
        "CREATE TRIGGER refunds_are_not_rewritten BEFORE UPDATE ON refunds WHEN OLD.payment_id IS"
        " NOT NEW.payment_id OR OLD.amount_minor IS NOT NEW.amount_minor OR OLD.currency IS NOT "
        "NEW.currency OR OLD.refunded_at IS NOT NEW.refunded_at OR (OLD.operation_id IS NOT NULL "
        "AND OLD.operation_id IS NOT NEW.operation_id) OR (OLD.processor_id IS NOT NULL AND "
        "OLD.processor_id IS NOT NEW.processor_id) OR (OLD.reversed_at IS NOT NULL AND "
        "OLD.reversed_at IS NOT NEW.reversed_at) BEGIN SELECT RAISE(ABORT, 'what money did is not"
        " rewritten'); END",
        "CREATE TRIGGER operations_are_kept BEFORE DELETE ON operations BEGIN SELECT RAISE(ABORT,"
        " 'what money did is not rewritten'); END",
        "CREATE TRIGGER card_steps_are_kept BEFORE DELETE ON card_steps BEGIN SELECT RAISE(ABORT,"
        " 'what money did is not rewritten'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_to_rewrite_money() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'what money did is not rewritten'; END $$",
        "CREATE TRIGGER operations_are_not_rewritten BEFORE UPDATE ON operations FOR EACH ROW "
        "WHEN (OLD.request_id IS DISTINCT FROM NEW.request_id OR OLD.kind IS DISTINCT FROM "
        "NEW.kind OR OLD.key IS DISTINCT FROM NEW.key OR OLD.payment_id IS DISTINCT FROM "
        "NEW.payment_id OR OLD.subscription_id IS DISTINCT FROM NEW.subscription_id OR "
        "OLD.processor_target IS DISTINCT FROM NEW.processor_target OR OLD.amount_minor IS "
        "DISTINCT FROM NEW.amount_minor OR OLD.currency IS DISTINCT FROM NEW.currency OR "
        "(OLD.first_sent_at IS NOT NULL AND OLD.first_sent_at IS DISTINCT FROM NEW.first_sent_at)"
        " OR (OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN ('planned>failed', "
        "'planned>sent', 'sent>failed', 'sent>succeeded', 'sent>unknown', 'succeeded>reversed', "
        "'unknown>failed', 'unknown>succeeded'))) EXECUTE FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER card_steps_are_not_rewritten BEFORE UPDATE ON card_steps FOR EACH ROW "
        "WHEN (OLD.change_id IS DISTINCT FROM NEW.change_id OR OLD.kind IS DISTINCT FROM NEW.kind"
        " OR OLD.key IS DISTINCT FROM NEW.key OR OLD.target IS DISTINCT FROM NEW.target OR "
        "OLD.amount_minor IS DISTINCT FROM NEW.amount_minor OR OLD.currency IS DISTINCT FROM "
        "NEW.currency OR (OLD.first_sent_at IS NOT NULL AND OLD.first_sent_at IS DISTINCT FROM "
        "NEW.first_sent_at) OR (OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN "
        "('planned>failed', 'planned>sent', 'sent>failed', 'sent>succeeded', 'sent>unknown', "
        "'succeeded>reversed', 'unknown>failed', 'unknown>succeeded'))) EXECUTE FUNCTION "
        "refuse_to_rewrite_money()",
        "CREATE TRIGGER refunds_are_not_rewritten BEFORE UPDATE ON refunds FOR EACH ROW WHEN "
        "(OLD.payment_id IS DISTINCT FROM NEW.payment_id OR OLD.amount_minor IS DISTINCT FROM "
        "NEW.amount_minor OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.refunded_at IS "
        "DISTINCT FROM NEW.refunded_at OR (OLD.operation_id IS NOT NULL AND OLD.operation_id IS "
        "DISTINCT FROM NEW.operation_id) OR (OLD.processor_id IS NOT NULL AND OLD.processor_id IS"
        " DISTINCT FROM NEW.processor_id) OR (OLD.reversed_at IS NOT NULL AND OLD.reversed_at IS "
        "DISTINCT FROM NEW.reversed_at)) EXECUTE FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER operations_are_kept BEFORE DELETE ON operations FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER card_steps_are_kept BEFORE DELETE ON card_steps FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
    ),
}


def upgrade() -> None:
    for statement in NEVER_REWRITTEN[op.get_bind().dialect.name]:
        op.execute(statement)
