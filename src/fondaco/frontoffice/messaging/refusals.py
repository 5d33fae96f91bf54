"""What messaging refuses, and how it is said."""

from django.utils.translation import gettext_lazy as _

from fondaco.platform.database.refusals import UserError


class NoSuchLine(UserError):
    code, status = "messaging.no_such_line", 404
    message = _("There is no chat at this address, or it was switched off. Write us a mail, or ring us.")


class ChatGone(UserError):
    code, status = "messaging.chat_gone", 404
    message = _(
        "There is no conversation at this address, or it ended some time ago. What was said is kept; begin a new one if you need us."
    )


class ChatEnded(UserError):
    code, status = "messaging.chat_ended", 409
    message = _("This chat has ended, so your message was not sent. Begin a new one, or answer the mail that you got.")


class TooMuchSaid(UserError):
    code, status = "messaging.too_much_said", 429
    message = _("Your message was not sent: there were more than {limit} in a short time. Wait a minute, or write us a mail.")


class TooManyChats(UserError):
    code, status = "messaging.too_many_chats", 429
    message = _("No conversation was begun: there were {count} of yours in the last hour. Go on in one of those, or write us a mail.")


class FormIncomplete(UserError):
    code, status = "messaging.form_incomplete", 422
    message = _("The conversation was not begun. Fill in your name, a mail address and what it is about.")


class NothingToSend(UserError):
    code, status = "messaging.nothing_to_send", 422
    message = _("The message was not sent: it is empty, or longer than {limit} characters. Shorten it, or send it in parts.")


class NotAChat(UserError):
    code, status = "messaging.not_a_chat", 409
    message = _("{document} is no chat that goes on, so there is nothing to end.")


class ConversationStands(UserError):
    code, status = "messaging.conversation_stands", 409
    message = _("The conversation {document} stays what it is: whose it is, and that it ended, never changes. Begin a new one.")


class PassingGoesOn(UserError):
    code, status = "messaging.passing_goes_on", 409
    message = _("The message {document} does not belong to this conversation, or cannot go back to an earlier state.")


class NoTokenWanted(UserError):
    code, status = "messaging.no_token_wanted", 409
    message = _("{document} takes no access token: its provider knows us by the secret alone.")


class AnswerTooLong(UserError):
    code, status = "messaging.answer_too_long", 422
    message = _(
        "{document} was not answered: {provider} takes {longest} characters at once, where a letter with an accent may count twice and a pictogram four"
        " times, and the answer has {length}. Send it in parts."
    )


class WindowClosed(UserError):
    code, status = "messaging.window_closed", 409
    message = _(
        "{document} was not answered: the customer last wrote at {at}, and {provider} takes answers only within {hours} hours. Ring him, or write his"
        " mail address on the ticket, and the answer goes there."
    )
