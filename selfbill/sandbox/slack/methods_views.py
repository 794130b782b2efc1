"""The `views.*` methods, and what an app's answer to a submitted modal does to it."""

from __future__ import annotations

import secrets

from selfbill.sandbox.slack.access import Refused, Trigger
from selfbill.sandbox.slack.block_kit import problems_of_view
from selfbill.sandbox.slack.core import Args, Core, invalid
from selfbill.sandbox.slack.shapes import view_shape
from selfbill.sandbox.slack.workspace import Json, View, elements_of, new_id, with_ids


def open_view(core: Core, args: Args) -> Json:
    body = _walked(args, "modal")
    trigger = _exchange(core, args)
    return _shown(core, show_modal(core, trigger.user, body))


def push_view(core: Core, args: Args) -> Json:
    """Up to three modals may lie on one another."""
    body = _walked(args, "modal")
    trigger = _exchange(core, args)
    below = core.workspace.view(trigger.view_id or "")
    if below is None or below.is_home:
        raise Refused("not_found")
    if sum(each.root_id == below.root_id for each in core.workspace.modals) >= 3:
        raise Refused("push_limit_reached")
    return _shown(core, show_modal(core, trigger.user, body, below))


def update_view(core: Core, args: Args) -> Json:
    view = _named(core, args)
    body = _walked(args, "home" if view.is_home else "modal")
    _own_external_id(core, body, view)
    if (known := args.find("hash")) is not None and known != view.hash:
        raise Refused("hash_conflict")
    redraw(core, view, body)
    return _shown(core, view)


def publish_view(core: Core, args: Args) -> Json:
    user = args.text("user_id")
    if user not in core.workspace.people:
        raise invalid("[ERROR] user_id is not a member of this workspace")
    body = _walked(args, "home")
    view = core.workspace.homes.get(user)
    if (known := args.find("hash")) is not None and (view is None or known != view.hash):
        raise Refused("hash_conflict")
    if view is None:
        view = core.workspace.homes[user] = _new_view(user, body)
    redraw(core, view, body)
    return _shown(core, view)


def _exchange(core: Core, args: Args) -> Trigger:
    trigger = core.access.exchange_trigger(args.text("trigger_id"))
    if trigger.user not in core.workspace.people:
        raise Refused("invalid_trigger_id")  # of a click in another workspace
    return trigger


def show_modal(core: Core, user: str, body: Json, below: View | None = None) -> View:
    """Put a modal on a person's screen: over another one, or instead of whatever was there."""
    _own_external_id(core, body)
    view = _new_view(user, body)
    if below is None:
        close_all(core, user)
    else:
        view.root_id, view.previous_id = below.root_id, below.id
    redraw(core, view, body)
    core.workspace.modals.append(view)
    core.workspace.changed()
    return view


def redraw(core: Core, view: View, body: Json) -> None:
    """A new body and hash; what was typed stays in the fields that are still there."""
    view.body = {**body, "blocks": with_ids(body["blocks"])}
    view.hash = f"{core.workspace.now().timestamp():.0f}.{secrets.token_hex(4)}"
    fields = {f"{block_id}.{each['action_id']}" for block_id, each in elements_of(view.body["blocks"])}
    view.typed = {name: value for name, value in view.typed.items() if name in fields}
    view.errors, view.problem = {}, ""
    core.workspace.changed()


def close_all(core: Core, user: str) -> None:
    core.workspace.modals = [each for each in core.workspace.modals if each.user != user]
    core.workspace.changed()


def close_top(core: Core, view: View) -> None:
    core.workspace.modals = [each for each in core.workspace.modals if each.id != view.id]
    core.workspace.changed()


def take_submission_answer(core: Core, view: View, answer: Json) -> None:
    """What an ack asks of a modal; Slack shows trouble, and nothing else, for an answer it cannot read."""
    match answer.get("response_action"):
        case None:
            close_top(core, view)
        case "clear":
            close_all(core, view.user)
        case "errors":
            _show_errors(core, view, answer)
        case "update" | "push" as act:
            body = _walked(Args(answer), "modal")
            if act == "update":
                redraw(core, view, body)
            else:
                show_modal(core, view.user, body, view)
        case unknown:
            raise invalid(f"[ERROR] response_action is unknown: {unknown}")


def _show_errors(core: Core, view: View, answer: Json) -> None:
    errors = answer.get("errors")
    inputs = {each["block_id"] for each in view.body["blocks"] if each["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise invalid("[ERROR] errors must name input blocks of this view")
    if not all(isinstance(sentence, str) and sentence for sentence in errors.values()):
        raise invalid("[ERROR] every error must be a sentence")
    view.errors = dict(errors)
    core.workspace.changed()


def _walked(args: Args, surface: str) -> Json:
    body = args.json("view")
    problems = problems_of_view(body)
    if not problems and body["type"] != surface:
        problems = [f"[ERROR] the view must be a {surface} [json-pointer:/view/type]"]
    if problems:
        raise invalid(*problems)
    view: Json = body
    return view


def _own_external_id(core: Core, body: Json, view: View | None = None) -> None:
    """No two views of a workspace have the same one."""
    wanted = body.get("external_id")
    found = core.workspace.with_external_id(wanted) if wanted else None
    if found is not None and found is not view:
        raise Refused("duplicate_external_id")


def _named(core: Core, args: Args) -> View:
    view = core.workspace.view(args.find("view_id") or "")
    if view is None and (wanted := args.find("external_id")):
        view = core.workspace.with_external_id(wanted)
    if view is None:
        raise Refused("not_found")
    return view


def _new_view(user: str, body: Json) -> View:
    view_id = new_id("V")
    return View(view_id, user, body, "", root_id=view_id)


def _shown(core: Core, view: View) -> Json:
    return {"view": view_shape(view, core.workspace.seed)}
