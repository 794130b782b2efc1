"""A small Stripe on loopback: it keeps books, sends events, and fails on demand."""

from selfbill.sandbox.processor.seed import SeedReport, seed
from selfbill.sandbox.processor.server import ProcessorSandbox, build_processor
from selfbill.sandbox.processor.state import ProcessorState, WebhookTarget

__all__ = ["ProcessorSandbox", "ProcessorState", "SeedReport", "WebhookTarget", "build_processor", "seed"]
