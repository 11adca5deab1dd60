// Which form edits which type.
import type { FunctionComponent } from "react";
import type { Item, Type } from "../model";
import * as deciding from "./deciding";
import { HttpRequestForm } from "./requests";
import * as starting from "./starting";
import * as talking from "./talking";

export interface FormProps<Data> {
  id: string;
  data: Data;
  set: (changed: Partial<Data>) => void;
}

type Forms = { [One in Type]: FunctionComponent<FormProps<Extract<Item, { type: One }>["data"]>> };

export const FORMS: Forms = {
  send_template: talking.SendTemplateForm, custom_reply: talking.CustomReplyForm, user_reply: talking.UserReplyForm, time_gap: talking.TimeGapForm,
  keyword_catch: deciding.KeywordCatchForm, condition: deciding.BranchForm, random_split: deciding.RandomSplitForm, set_field: deciding.SetFieldForm,
  set_label: deciding.SetLabelForm, set_group: deciding.SetGroupForm, consent: deciding.ConsentForm, assign: deciding.AssignForm,
  hand_over: deciding.HandOverForm, note: deciding.NoteForm, http_request: HttpRequestForm, start_automation: deciding.StartAutomationForm,
  goal: deciding.GoalForm, end: deciding.EndForm,
  message: starting.MessageForm, keyword: starting.KeywordForm, button: starting.ButtonForm, first_message: starting.FirstMessageForm,
  campaign_reply: starting.CampaignReplyForm, label_added: starting.LabelForm, group_added: starting.GroupForm, field_changed: starting.FieldForm,
  opted_in: starting.OptInForm, window: starting.WindowForm, time: starting.TimeForm, webhook: starting.WebhookForm, manual: starting.ManualForm,
};
