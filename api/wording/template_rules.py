"""Sentences about the rules for templates."""

from api.wording.tables import N_, Table, counted

SENTENCES: Table = {
    "template_rule.adjacent": N_("Put text between two variables."),
    "template_rule.blanks": N_("Use no tabs, at most two line breaks and four spaces in a row."),
    "template_rule.body": N_("A template needs a body."),
    "template_rule.braces": N_("A variable is written {{1}} or {{name}}; one of these is not."),
    "template_rule.button_plain": N_(
        "A button takes no variables, formatting, line breaks or emojis."
    ),
    "template_rule.buttons": counted(
        "Use 1 to %(most)s button.", "Use 1 to %(most)s buttons.", by="most"
    ),
    "template_rule.cards": N_("A carousel has 2 to 10 cards."),
    "template_rule.category": N_("Choose one of %(categories)s."),
    "template_rule.code": N_("A code has letters and digits only."),
    "template_rule.dense": N_("There are too many variables for so little text."),
    "template_rule.edges": N_(
        "A variable cannot be at the very start or end. Add a word or a full stop."
    ),
    "template_rule.empty": N_("This cannot be empty."),
    "template_rule.footer_lines": N_("A footer is one line."),
    "template_rule.footer_variables": N_("A footer cannot hold variables."),
    "template_rule.header": N_("Choose text, image, video, document or location."),
    "template_rule.header_plain": N_(
        "A header takes neither formatting nor line breaks nor emojis."
    ),
    "template_rule.header_variables": N_("A header can hold one variable at most."),
    "template_rule.https": N_("Start the link with https://."),
    "template_rule.kinds": counted(
        "At most %(limit)s button of the kind %(kind)s is possible.",
        "At most %(limit)s buttons of the kind %(kind)s are possible.",
        by="limit",
    ),
    "template_rule.length": counted(
        "Use at most %(limit)s character; these are %(length)s.",
        "Use at most %(limit)s characters; these are %(length)s.",
        by="limit",
    ),
    "template_rule.link_variable": N_("A link can hold one variable, {{1}}, at its very end."),
    "template_rule.names": N_("Names of variables use small letters, digits and underscores."),
    "template_rule.numbers": N_("Number the variables {{1}}, {{2}}, {{3}} without a gap."),
    "template_rule.offer_footer": N_("A limited-time offer has no footer."),
    "template_rule.part": N_("WhatsApp has no such template part."),
    "template_rule.replies": N_("Keep quick replies together, before or after the other buttons."),
    "template_rule.reply_texts": N_("Each quick reply needs a different text."),
    "template_rule.sample_file": N_("Add a sample file for WhatsApp's review."),
    "template_rule.sample_link": N_("Add a sample link for WhatsApp's review."),
    "template_rule.samples": N_(
        "Add a sample for each variable; WhatsApp's reviewers look at them."
    ),
    "template_rule.shapes": N_("Every card needs the same parts and the same kinds of buttons."),
    "template_rule.twice": N_("Only one %(kind)s is possible."),
}
