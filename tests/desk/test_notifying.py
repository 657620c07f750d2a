"""Who is told outside of JupyterLab, of what, when, and how often; and how an address is shown to be one's own."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from maia_hub.core.bookings import BookingEvent
from maia_hub.core.errors import Conflict, InvalidInput
from maia_hub.core.ids import DEFAULT_PROJECT
from maia_hub.core.notifying import Contact, Letter, Topic
from maia_hub.core.projects import Role
from maia_hub.desk import Actor
from tests.desk.lessons import course as lesson
from tests.desk.office import ADA, BEN, BOSS, Office

LINK = "https://gpu.example.org/services/maia/"


def digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def reachable(office: Office, who: Actor = ADA, *topics: Topic, zone: str = "UTC") -> Contact:
    """Let somebody have an address, and what has happened so far be old."""
    office.desk.give_address(who, f"{who.user}@example.org", "CODE", digest("CODE"), office.now, LINK)
    office.desk.confirm_address(who, digest("CODE"), office.now, LINK)
    chosen = office.desk.choose_notices(who, office.now, topics=topics or tuple(Topic), zone=zone)
    office.desk.collect_letters(office.now, LINK)
    for letter in office.desk.letters_due(office.now, 99):
        office.desk.letter_sent(letter, office.now)
    return chosen


def letters(office: Office) -> list[Letter]:
    """Return what is to be sent now, having looked for it."""
    office.desk.collect_letters(office.now, LINK)
    return office.desk.letters_due(office.now, 99)


def sent(office: Office) -> list[str]:
    """Send all, and return what it was about."""
    found = letters(office)
    for letter in found:
        office.desk.letter_sent(letter, office.now)
    return [letter.subject for letter in found]


def test_what_one_books_is_told_with_times_in_ones_zone(office: Office) -> None:
    reachable(office, zone="Europe/Stockholm")
    office.book(ADA, 60, 120)
    (letter,) = letters(office)
    assert letter.to == "ada@example.org"
    assert letter.subject == "Booked: 1 × A6000"
    assert "From Mon 2026-03-02 14:00 CET\nto Mon 2026-03-02 15:00 CET." in letter.text
    assert LINK in letter.text


def test_nobody_is_told_what_happened_before_it_was_looked_for_the_first_time(office: Office) -> None:
    office.book(ADA, 60, 120)
    office.desk.give_address(ADA, "ada@example.org", "CODE", digest("CODE"), office.now, LINK)
    office.desk.confirm_address(ADA, digest("CODE"), office.now, LINK)
    assert [letter.subject for letter in letters(office)] == ["Confirm your address"]


def test_each_thing_is_told_once_and_to_its_owner_alone(office: Office) -> None:
    reachable(office)
    reachable(office, BEN)
    office.book(ADA, 60, 120)
    (first,) = letters(office)
    assert first.user == ADA.user
    assert letters(office) == [first]
    office.desk.letter_sent(first, office.now)
    assert letters(office) == []


def test_only_what_one_has_chosen_is_told(office: Office) -> None:
    reachable(office, ADA, Topic.CHANGED)
    booking = office.book(ADA, 60, 120)
    assert sent(office) == []
    office.desk.end(BOSS, booking.id, BookingEvent.REVOKE, "the power is off", office.now)
    (letter,) = letters(office)
    assert letter.subject == "An administrator ended your booking"
    assert "The reason: the power is off" in letter.text
    assert "Mon 2026-03-02 14:00 UTC" in letter.text


def test_what_a_lead_does_to_ones_booking_is_told_once(office: Office) -> None:
    reachable(office)
    booking = office.book(ADA, 60, 120)
    sent(office)
    lead = Actor(BEN.user, projects={DEFAULT_PROJECT: frozenset({Role.MEMBER, Role.LEAD})})
    office.desk.change(lead, booking.id, None, office.after(minutes=90), None, office.now)
    (letter,) = letters(office)
    assert letter.subject == "A lead of your project changed your booking"
    assert "By ben it is now from Mon 2026-03-02 13:00 UTC to Mon 2026-03-02 13:30 UTC." in letter.text


def test_a_note_leaves_the_house_in_no_message(office: Office) -> None:
    reachable(office)
    booking = office.book(ADA, 1, 120)
    office.desk.change(ADA, booking.id, None, None, "patient 4711", office.now)
    office.now = office.after(minutes=100)
    found = letters(office)
    assert len(found) == 3
    assert "4711" not in repr(found)


def test_the_end_is_told_ahead_once_and_again_when_it_has_moved(office: Office) -> None:
    reachable(office, ADA, Topic.ENDING)
    booking = office.book(ADA, 10, 120)
    assert office.desk.collect_letters(office.now, LINK) == office.after(minutes=90)
    office.now = office.after(minutes=90)
    (letter,) = letters(office)
    assert letter.until == booking.interval.end
    assert sent(office) == ["Your GPU time ends Mon 2026-03-02 14:00 UTC"]
    assert sent(office) == []
    office.desk.extend(ADA, booking.id, office.after(minutes=180), office.now)
    assert sent(office) == []
    office.now = office.after(minutes=150)
    assert sent(office) == ["Your GPU time ends Mon 2026-03-02 15:00 UTC"]


def test_the_end_is_told_as_long_before_as_one_has_chosen(office: Office) -> None:
    reachable(office, ADA, Topic.ENDING)
    office.desk.choose_notices(ADA, office.now, lead=timedelta(minutes=10))
    office.book(ADA, 10, 120)
    office.now = office.after(minutes=109)
    assert sent(office) == []
    office.now = office.after(minutes=110)
    assert len(sent(office)) == 1


def test_the_end_of_a_class_is_told_to_each_of_its_group(office: Office) -> None:
    for who in (ADA, BEN):
        reachable(office, who, Topic.ENDING)
    lesson(office, ADA.user, BEN.user, hours=2)
    office.now = office.after(minutes=90)
    assert len(sent(office)) == 2
    assert sent(office) == []


def test_a_booking_that_was_cancelled_ends_without_a_word(office: Office) -> None:
    reachable(office, ADA, Topic.ENDING)
    booking = office.book(ADA, 10, 120)
    office.desk.end(ADA, booking.id, BookingEvent.CANCEL, "", office.now)
    office.now = office.after(minutes=100)
    assert sent(office) == []


def test_what_jupyterlab_shows_is_told_unless_it_was_dismissed(office: Office) -> None:
    reachable(office, ADA, Topic.BEGUN)
    office.start(ADA, "cpu")
    office.book(ADA, 10, 120)
    office.go(minutes=11)
    (notice,) = office.desk.state(ADA.user, office.now).notices
    office.desk.dismiss(ADA.user, notice.id, office.now)
    assert sent(office) == []
    office.book(ADA, 130, 200)
    office.go(minutes=131)
    assert sent(office) == ["Your booking has begun"]


def test_what_became_of_a_wish_on_the_waiting_list_is_told(office: Office) -> None:
    reachable(office, ADA, Topic.OFFERED)
    for start in (30, 300):
        taken = office.book(BOSS, start, start + 60, gpus=2)
        office.desk.wish(ADA, office.asked(start, start + 60, 2), None, office.now)
        office.desk.end(BOSS, taken.id, BookingEvent.CANCEL, "", office.now)
    assert sent(office) == ["It is free now: 2 × A6000", "Booked for you: 2 × A6000"]


def test_what_is_not_taken_now_is_tried_again_ever_more_rarely_until_it_is_of_no_use(office: Office) -> None:
    reachable(office)
    office.book(ADA, 60, 120)
    (letter,) = letters(office)
    waits = []
    while found := office.desk.letters_due(office.now, 9):
        office.desk.letter_later(found[0], "The mail server does not answer.", office.now)
        at = office.desk.next_letter(office.now)
        if at is None:
            break
        waits.append((at - office.now).total_seconds())
        office.now = at
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 3600
    assert timedelta(hours=22) < office.now - letter.made < timedelta(hours=24)
    assert office.desk.contact(ADA, office.now).problem == "The mail server does not answer."
    assert office.desk.letter_counts(office.now) == {"waiting": 0, "failing": 1}


def test_an_address_that_is_refused_is_told_until_it_takes_something(office: Office) -> None:
    reachable(office)
    office.book(ADA, 60, 120)
    office.desk.letter_refused(letters(office)[0], "550 No such mailbox", office.now)
    assert letters(office) == []
    contact = office.desk.contact(ADA, office.now)
    assert (contact.problem, contact.problem_since) == ("550 No such mailbox", office.now)
    office.desk.send_test(ADA, office.now, LINK)
    assert sent(office) == ["A test of your notices"]
    assert office.desk.contact(ADA, office.now).problem == ""


def test_an_address_counts_when_its_code_has_come_back(office: Office) -> None:
    office.desk.collect_letters(office.now, LINK)
    office.desk.give_address(ADA, "ada@example.org", "K7M2", digest("K7M2"), office.now, LINK)
    (letter,) = letters(office)
    assert (letter.to, "K7M2" in letter.text) == ("ada@example.org", True)
    assert office.desk.contact(ADA, office.now).address == ""
    contact = office.desk.confirm_address(ADA, digest("K7M2"), office.now, LINK)
    assert (contact.address, contact.pending) == ("ada@example.org", "")
    with pytest.raises(Conflict):
        office.desk.confirm_address(ADA, digest("K7M2"), office.now, LINK)


def test_a_code_holds_for_a_quarter_of_an_hour(office: Office) -> None:
    office.desk.give_address(ADA, "ada@example.org", "K7M2", digest("K7M2"), office.now, LINK)
    with pytest.raises(Conflict, match="not hold"):
        office.desk.confirm_address(ADA, digest("K7M2"), office.after(minutes=15), LINK)


def test_a_code_is_guessed_five_times_at_most(office: Office) -> None:
    office.desk.give_address(ADA, "ada@example.org", "K7M2", digest("K7M2"), office.now, LINK)
    for guess in ("A", "B", "C", "D", "E", "K7M2"):
        with pytest.raises(Conflict):
            office.desk.confirm_address(ADA, digest(guess), office.now, LINK)


def test_nobody_is_made_to_write_to_strangers_again_and_again(office: Office) -> None:
    for n in range(5):
        office.now += timedelta(seconds=1)
        office.desk.give_address(ADA, f"{n}@example.org", "C", digest("C"), office.now, LINK)
    with pytest.raises(Conflict, match="too often"):
        office.desk.give_address(ADA, "6@example.org", "C", digest("C"), office.now, LINK)
    office.desk.give_address(BEN, "6@example.org", "C", digest("C"), office.now, LINK)
    office.now += timedelta(hours=1)
    office.desk.give_address(ADA, "6@example.org", "C", digest("C"), office.now, LINK)


def test_who_takes_another_address_is_told_at_the_one_before(office: Office) -> None:
    reachable(office)
    office.now += timedelta(minutes=1)
    office.desk.give_address(ADA, "new@example.org", "C", digest("C"), office.now, LINK)
    assert office.desk.contact(ADA, office.now).address == "ada@example.org"
    office.desk.confirm_address(ADA, digest("C"), office.now, LINK)
    assert [(x.to, x.subject) for x in letters(office)] == [("ada@example.org", "Your notices go elsewhere")]


def test_who_wants_nothing_any_more_gets_nothing_any_more(office: Office) -> None:
    reachable(office)
    office.book(ADA, 60, 120)
    assert len(letters(office)) == 1
    office.desk.forget_contact(ADA, office.now)
    assert letters(office) == []
    assert office.desk.contact(ADA, office.now) == Contact(user=ADA.user)


@pytest.mark.parametrize(
    "address",
    ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b@c", "ada@example.org\nBcc: x@y", "a,b@c.d,e"],
)
def test_what_is_no_address_is_refused(office: Office, address: str) -> None:
    with pytest.raises(InvalidInput, match="no e-mail address"):
        office.desk.give_address(ADA, address, "C", digest("C"), office.now, LINK)


def test_who_names_a_channel_is_told_there_too_and_each_place_fails_for_itself(office: Office) -> None:
    reachable(office)
    office.desk.give_hook(ADA, "https://chat.example.org/hooks/x", office.now)
    office.book(ADA, 60, 120)
    office.desk.collect_letters(office.now, LINK)
    (by_mail,) = office.desk.letters_due(office.now, 9)
    (by_hook,) = office.desk.letters_due(office.now, 9, hooks=True)
    assert (by_mail.to, by_hook.to) == ("ada@example.org", "https://chat.example.org/hooks/x")
    assert by_mail.text == by_hook.text
    office.desk.letter_later(by_hook, "The webhook does not answer.", office.now)
    office.desk.letter_sent(by_mail, office.now)
    contact = office.desk.contact(ADA, office.now)
    assert (contact.problem, contact.hook_problem) == ("", "The webhook does not answer.")
    assert office.desk.letter_counts(office.now) == {"waiting": 1, "failing": 1}
    office.desk.letter_sent(by_hook, office.now)
    assert office.desk.contact(ADA, office.now).hook_problem == ""


def test_who_is_told_in_a_channel_alone_is_told_once(office: Office) -> None:
    office.desk.collect_letters(office.now, LINK)
    office.desk.give_hook(ADA, "https://chat.example.org/hooks/x", office.now)
    office.book(ADA, 1, 60)
    office.now = office.after(minutes=40)
    office.desk.collect_letters(office.now, LINK)
    (letter,) = office.desk.letters_due(office.now, 9, hooks=True)
    assert letter.subject.startswith("Your GPU time ends")
    office.desk.letter_sent(letter, office.now)
    office.desk.collect_letters(office.now, LINK)
    assert office.desk.letters_due(office.now, 9, hooks=True) == []
    assert office.desk.letters_due(office.now, 9) == []


def test_a_zone_or_a_time_that_is_none_is_refused(office: Office) -> None:
    for zone in ("Mars/Olympus", "../../etc/passwd", "", "/etc/localtime", "CET\0"):
        with pytest.raises(InvalidInput):
            office.desk.choose_notices(ADA, office.now, zone=zone)
    with pytest.raises(InvalidInput):
        office.desk.choose_notices(ADA, office.now, lead=timedelta(days=3))


def test_the_audit_log_has_the_choice_and_no_address(office: Office) -> None:
    reachable(office)
    told = [event for event in office.events if event.action.startswith("contact.")]
    assert [event.action for event in told] == ["contact.given", "contact.confirmed", "contact.chosen"]
    assert "@" not in repr(told)
