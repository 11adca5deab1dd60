"""The way from an execution on Temporal's pages, which show Markdown, to our page about it."""

from temporalio import workflow

MEMO = "page"
"""Executions that continue another one have its memo, but not the details it was started with."""


def link(address: str) -> str:
    """A link to a page of ours."""
    return f"[Open in WhatsWay]({address})"


def show(details: str) -> None:
    """Tell what the current execution does, and the way to its page unless it was started with that."""
    if workflow.info().continued_run_id is not None:
        address: str = workflow.memo_value(MEMO, "", type_hint=str)
        details = "\n\n".join([details, link(address)] if address else [details])
    workflow.set_current_details(details)
