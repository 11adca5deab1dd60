// The published versions: who made them, who is still inside, and taking one back as the draft.
import { useEffect, useState } from "react";
import { timeText } from "../times";
import { showToast } from "../toasts";
import type { Version } from "./api";
import { call } from "./api";
import { Dialog } from "./dialogs";
import { complain, restore, settle } from "./saving";
import { set, useBuilder } from "./store";
import { many, t } from "./words";

export function VersionsDialog() {
  const id = useBuilder((state) => state.automation.id);
  const mayWrite = useBuilder((state) => state.mayWrite);
  const [versions, setVersions] = useState<Version[]>();
  const close = (): void => set({ dialog: undefined });
  useEffect(() => {
    call<Version[]>("GET", `/${id}/versions`).then(setVersions).catch(complain);
  }, [id]);
  const take = async (version: number): Promise<void> => {
    try {
      if (!(await settle())) return;
      await restore(version);
      showToast({ text: t("restored", { version }), tone: "success" });
      close();
    } catch (reason) {
      complain(reason);
    }
  };
  return (
    <Dialog title={t("versions")} description={t("versions_help")} close={close}>
      {!versions && <p className="muted" role="status">{t("loading")}</p>}
      {versions?.length === 0 && <p className="muted">{t("no_versions")}</p>}
      <ul className="bd-versions">
        {versions?.map((version) => (
          <li key={version.version}>
            <div>
              <strong>{t("version_number", { version: version.version })}</strong>
              {version.live && <span className="badge" data-tone="success">{t("acts_now")}</span>}
              <p className="muted">{[timeText(version.published_at), version.published_by, version.active_runs > 0 && many("inside_now", version.active_runs)].filter(Boolean).join(" · ")}</p>
            </div>
            {mayWrite && <button type="button" className="btn" data-variant="outline" data-size="sm" onClick={() => void take(version.version)}>{t("restore")}</button>}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
