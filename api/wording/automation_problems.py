"""Sentences about what is wrong with an automation."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    # The document
    "automation_document": N_("This is not an automation. Choose a file that was exported here."),
    "automation_document.deep": N_(
        "This file is nested too deeply to be an automation. Choose a file that was exported here."
    ),
    "automation_document.unreadable": N_(
        "This file cannot be read. It may have been cut short: export the automation again."
    ),
    "automation_large": N_(
        "This automation is too large: at most %(most)s KB. Move a part of it into another automation and start that from here."
    ),
    "automation_large.parts": N_(
        "This automation is too large: at most %(nodes)s steps, %(edges)s connections and %(triggers)s triggers. Move a part of it into another automation and start that from here."
    ),
    "automation_schema": N_("The version of this document is not a number that exists."),
    "automation_schema.newer": N_(
        "This automation was made with a newer release. Update this installation to use all of it."
    ),
    "automation_part_unknown": N_("Nothing here has a part “%(name)s”. It is ignored."),
    "automation_entry.triggers": N_("A trigger cannot be read. It is left out."),
    "automation_entry.nodes": N_("A step cannot be read. It is left out."),
    "automation_entry.edges": N_("A connection cannot be read. It is left out."),
    "automation_id": N_("A step has no usable id. It is left out."),
    "automation_id.twice": N_("Two steps have the same id. The second one is left out."),
    "automation_type_unknown": N_(
        "Steps of the type “%(type)s” do not exist in this release. Update it, or remove this one."
    ),
    "automation_text_long": counted(
        "A text in this step is longer than %(most)s character.",
        "A text in this step is longer than %(most)s characters.",
        by="most",
    ),
    "automation_value": N_("This value is not one that fits here. Choose it again."),
    "automation_value.named": N_("“%(part)s” has a value that cannot be read. Fill it in again."),
    "automation_value.whole": N_("What was filled in here cannot be read. Fill it in again."),
    "automation_value_unknown": N_(
        "This step has a value “%(name)s” that does not exist in this release, so it cannot be read."
    ),
    "automation_edge_loose": N_("A connection leads from or to a step that is gone. Remove it."),
    "automation_edge_branch": N_(
        "A connection leaves by a branch that no longer exists. Remove it."
    ),
    "automation_edge_twice": N_("Two connections leave by the same branch. Keep one of them."),
    # How steps are connected
    "automation_no_trigger": N_("Nothing starts this automation. Add a trigger."),
    "automation_trigger_idle": N_("This trigger leads nowhere. Connect it to the first step."),
    "automation_dead_end": N_("Nothing follows this step. Connect it, or add an End."),
    "automation_dead_end.branch": N_(
        "This branch leads nowhere, so the automation ends here. Connect it, or add an End to say so."
    ),
    "automation_unreachable": N_("Nothing leads to this step. Connect it, or remove it."),
    "automation_endless": counted(
        "This step leads back to itself without waiting. Add a User Reply or a Time Gap to the loop.",
        "These %(steps)s steps lead back to themselves without waiting. Add a User Reply or a Time Gap to the loop.",
        by="steps",
    ),
    "automation_starts_itself": N_(
        "This automation starts itself, so it would never end. Choose another one."
    ),
    "automation_starts_itself.through": N_(
        "The automation started here leads back to this one, so they would never end. Choose another one."
    ),
    "automation_sets_itself_off": N_(
        "This step can start the automation again: it sets off the trigger “%(trigger)s”."
    ),
    "automation_sets_itself_off.through": N_(
        "This step can start the automation again: it sets off “%(name)s”, which leads back here."
    ),
    # Values
    "automation_unset": N_("Fill in “%(part)s”."),
    "automation_long": counted(
        "WhatsApp takes at most %(most)s character here. Shorten it.",
        "WhatsApp takes at most %(most)s characters here. Shorten it.",
        by="most",
    ),
    "automation_range": N_("Enter a number from %(least)s to %(most)s."),
    "automation_duration": N_("Wait at least one minute."),
    "automation_duration.long": N_("Wait at most a year."),
    "automation_clock": N_("Enter a time such as 09:00."),
    "automation_zone": N_("There is no time zone of this name. Choose one from the list."),
    "automation_moment": N_("Enter a date and a time that exist, such as 2027-03-31 09:00."),
    "automation_moment.past": N_("This moment has passed, so nobody waits here."),
    "automation_hours": N_("Enter working hours such as 09:00-17:00."),
    "automation_hours.never": N_("These working hours never begin. Open at least one day."),
    "automation_save_as": N_(
        "Use letters, digits and underscores for the name of an answer, without spaces."
    ),
    "automation_country": N_("Use a country's two-letter code, such as BR."),
    # Keywords
    "automation_keywords": N_("Add at least one keyword."),
    "automation_keywords.many": counted(
        "Use at most %(most)s keyword here.", "Use at most %(most)s keywords here.", by="most"
    ),
    "keyword_empty": N_("Enter a keyword, or remove the empty one."),
    "keyword_empty.signs": N_("This keyword has no letter, digit or sign that could be found."),
    "keyword_long": counted(
        "A keyword has at most %(most)s character.",
        "A keyword has at most %(most)s characters.",
        by="most",
    ),
    "keyword_pattern": N_(
        "This regular expression cannot be read. Look-arounds and back-references do not exist here."
    ),
    "keyword_pattern.everything": N_(
        "This regular expression fits every message. Write down what has to be there."
    ),
    "automation_keywords.twice": N_("A keyword stands here twice. Case and accents do not count."),
    # Messages
    "automation_messages": N_("Add a message to send."),
    "automation_messages.many": counted(
        "A step sends at most %(most)s message. Add another step for the rest.",
        "A step sends at most %(most)s messages. Add another step for the rest.",
        by="most",
    ),
    "automation_file_gone": N_("The file “%(name)s” is not here. Choose it again."),
    "automation_buttons": counted(
        "A message has at least one and at most %(most)s button.",
        "A message has at least one and at most %(most)s buttons. Use a list for more.",
        by="most",
    ),
    "automation_rows": counted(
        "A list has at least one and at most %(most)s row.",
        "A list has at least one and at most %(most)s rows.",
        by="most",
    ),
    "automation_title_twice": N_(
        "“%(title)s” stands here twice. WhatsApp wants different titles, and a typed answer would fit both."
    ),
    "automation_choice_id": N_(
        "Two branches of this step cannot be told apart. Remove one and add it again."
    ),
    "automation_choices": N_("There is nothing to choose from. Ask with buttons or a list."),
    "automation_caption": N_("WhatsApp shows no caption with this kind of file."),
    "automation_degrees": N_("Enter decimal degrees from -%(most)s to %(most)s, such as 52.5163."),
    "automation_address": N_("Enter a web address that begins with https://."),
    "automation_address.host": N_(
        "The name of the server has to stand in the address itself. Use variables only after it."
    ),
    "automation_address.plain": N_(
        "This address is not encrypted, so anyone on the way could read it. Use https://."
    ),
    # Templates
    "automation_template_gone": N_("There is no template “%(name)s”. Choose another one."),
    "automation_template_language": N_(
        "This template does not exist in %(language)s. Choose another language."
    ),
    "automation_template_language.held": N_(
        "In %(language)s this template cannot be sent now. Contacts with that language get another one."
    ),
    "automation_template_marketing": N_(
        "This is a marketing template. Mark the automation as marketing, so that it ends when a contact stops marketing."
    ),
    "automation_slot": N_("Enter a value for “%(slot)s”."),
    "automation_window": N_(
        "This message may not leave: more than 24 hours can have passed since the customer's last message. Send a template in that case."
    ),
    "automation_window.failed": N_(
        "More than 24 hours can have passed since the customer's last message. This message then fails, and the automation goes on by “failed”."
    ),
    # What steps and triggers name
    "automation_field_gone": N_("There is no contact field “%(name)s”. Choose another one."),
    "automation_field_no_date": N_("This field holds no dates. Choose a date field."),
    "automation_calendar_gone": N_("These working hours were deleted. Choose others."),
    "automation_label_gone": N_("This label was deleted. Choose another one."),
    "automation_group_gone": N_("This group was deleted. Choose another one."),
    "automation_user_gone": N_("This person is no longer here. Choose someone else."),
    "automation_users": counted(
        "Choose at most %(most)s person.", "Choose at most %(most)s people.", by="most"
    ),
    "automation_channel_gone": N_("This number is no longer connected. Choose another one."),
    "automation_campaign_gone": N_("This campaign was deleted. Choose another one."),
    "automation_gone": N_("This automation was deleted. Choose another one."),
    # Variables
    "automation_answer_never": N_(
        "No step before this one saves an answer “%(name)s”, so it would always be empty."
    ),
    "automation_answer_sometimes": N_(
        "“%(name)s” is not set on every way to this step. Add what to say instead: {{answer.%(name)s|there}}."
    ),
    "automation_variable_unread": N_(
        "%(text)s is no variable, and would be sent as it stands. Choose one from the list."
    ),
    "automation_secret_place": N_("Secrets may only stand in the headers of a request."),
    "automation_secret_gone": N_("There is no secret “%(name)s”. Add it, or choose another one."),
    # Branches and requests
    "automation_cases": N_("Add at least one branch with keywords."),
    "automation_conditions": N_("Add a condition: without one, everybody takes the same way."),
    "automation_shares": N_("Add the branches to choose from."),
    "automation_shares.sum": N_("The shares add up to %(total)s percent. Make it 100."),
    "automation_header": N_(
        "This header cannot be sent: its name is empty, stands here twice, or belongs to the call itself."
    ),
    "automation_header.lines": N_("A header has one line."),
    "automation_headers": counted(
        "A request has at most %(most)s header.",
        "A request has at most %(most)s headers.",
        by="most",
    ),
    "automation_recorded": N_(
        "The recorded answer is not JSON, so the test takes nothing from it."
    ),
    # Triggers
    "automation_audience": N_("Choose the groups to reach, or everybody."),
    "automation_sender": N_("Choose the number that sends."),
    "automation_schedule_past": N_("This time has passed. Choose a later one."),
    "automation_lead": N_("The window is open for 24 hours. Choose less than that."),
}
