// The builder's dialogs, in the product's own frame: the browser's <dialog>, closed by Escape, a click outside, or its buttons.
import type { ReactNode } from "react";
import { useEffect, useId, useRef } from "react";
import { Icon } from "./icons";
import { t } from "./words";

export function Dialog({ title, description, size, close, children, foot }: { title: string; description?: ReactNode; size?: "sm" | "lg"; close: () => void; children?: ReactNode; foot?: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement as HTMLElement | null;
    element?.showModal();
    return () => {
      element?.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={dialog} className="modal" data-size={size} aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onPointerDown={(event) => event.target === dialog.current && outside(dialog.current, event) && close()}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div className="modal-head">
        <div><h2 id={id}>{title}</h2>{description && <p>{description}</p>}</div>
        <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("close")} onClick={close}><Icon name="x" /></button>
      </div>
      <div className="modal-body">{children}{foot && <div className="modal-foot">{foot}</div>}</div>
    </dialog>
  );
}

function outside(dialog: HTMLDialogElement, event: React.PointerEvent): boolean {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
