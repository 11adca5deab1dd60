// Keeps the rest of the builder working where one part of it fails to draw.
import type { ReactNode } from "react";
import { Component } from "react";
import { t } from "./words";

interface Props {
  children: ReactNode;
  of: string; // another one is tried anew
}

export class Boundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidUpdate(before: Props): void {
    if (before.of !== this.props.of && this.state.failed) this.setState({ failed: false });
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <div className="bb-broken" role="alert"><p>{t("broken")}</p><button type="button" className="btn" data-variant="outline" onClick={() => location.reload()}>{t("reload")}</button></div>;
  }
}
