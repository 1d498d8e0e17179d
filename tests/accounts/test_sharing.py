"""Inviting, accepting, taking back."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import sharing
from accounts.audit_models import AuditEntry, AuditIdentity
from accounts.models import Grant, Invitation, Record, User
from tests.conftest import NOON, PASSWORD, Cast, log_in_as_user, make_grant, make_user, queries

WEEK = timedelta(days=7)
FORBIDDEN = ("botox", "migraine", "headache", "injection", "clinic", "diary")


@pytest.mark.django_db
class TestInvitation:
    @pytest.mark.asvs(53)
    def test_its_token_is_stored_as_a_hash_alone(self, alice: Record) -> None:
        invitation, token = sharing.invite(record=alice, email="carl@example.org", now=NOON)
        assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())
        assert sharing.open_invitation(token, NOON) == invitation

    @pytest.mark.asvs(13)
    def test_it_opens_for_seven_days(self, alice: Record) -> None:
        invitation, token = sharing.invite(record=alice, email="carl@example.org", now=NOON)
        assert sharing.open_invitation(token, NOON + WEEK - timedelta(seconds=1)) == invitation
        assert sharing.open_invitation(token, NOON + WEEK) is None

    @pytest.mark.asvs(13)
    def test_it_is_accepted_once(self, alice: Record) -> None:
        carl = make_user("carl@example.org")
        invitation, token = sharing.invite(record=alice, email=carl.email, now=NOON)
        assert sharing.accept(invitation=invitation, clinician=carl, now=NOON)
        assert sharing.accept(invitation=invitation, clinician=carl, now=NOON) is None
        assert sharing.open_invitation(token, NOON) is None
        assert Grant.objects.count() == 1

    def test_it_is_for_one_address(self, alice: Record) -> None:
        invitation, _token = sharing.invite(record=alice, email="carl@example.org", now=NOON)
        other = make_user("other@example.org")
        assert sharing.accept(invitation=invitation, clinician=other, now=NOON) is None
        assert not Grant.objects.exists()

    def test_a_refused_stranger_does_not_use_it_up(self, alice: Record) -> None:
        invitation, token = sharing.invite(record=alice, email="carl@example.org", now=NOON)
        sharing.accept(invitation=invitation, clinician=make_user("other@example.org"), now=NOON)
        assert sharing.open_invitation(token, NOON) == invitation

    def test_a_withdrawn_one_opens_nothing(self, alice: Record) -> None:
        invitation, token = sharing.invite(record=alice, email="carl@example.org", now=NOON)
        sharing.withdraw(invitation=invitation, now=NOON)
        assert sharing.open_invitation(token, NOON) is None

    def test_a_second_one_to_the_same_address_replaces_the_first(self, alice: Record) -> None:
        _first, old = sharing.invite(record=alice, email="carl@example.org", now=NOON)
        second, new = sharing.invite(record=alice, email="Carl@Example.org", now=NOON)
        assert sharing.open_invitation(old, NOON) is None
        assert sharing.open_invitation(new, NOON) == second

    def test_nobody_invites_herself_or_who_sees_already(self, cast: Cast) -> None:
        for email in (cast.alice.user.email, cast.carl.email):
            with pytest.raises(ValidationError):
                sharing.invite(record=cast.alice, email=email, now=NOON)

    def test_an_unknown_token_opens_nothing(self, alice: Record, client: Client) -> None:
        assert client.get(reverse("open_invitation", args=["made-up"])).status_code == 404
        assert client.get(reverse("invitation")).status_code == 404


@pytest.mark.django_db
class TestPages:
    def invite(self, record: Record, email: str) -> str:
        """Ask for an invitation as the owner, password and all; answers the link in the letter."""
        client = log_in_as_user(record.user)
        first = client.get(reverse("invite"))
        assert first.status_code == 302
        client.post(first["Location"], {"password": PASSWORD})
        assert client.post(reverse("invite"), {"email": email}).status_code == 302
        letter = mail.outbox[-1]
        assert letter.to == [email]
        return next(line for line in letter.body.splitlines() if line.startswith("http"))

    def test_an_invitation_asks_for_the_password_again(self, alice: Record) -> None:
        client = log_in_as_user(alice.user)
        answer = client.post(reverse("invite"), {"email": "carl@example.org"})
        assert answer.status_code == 302
        assert "reauthenticate" in answer["Location"]
        assert not Invitation.objects.exists()

    def test_the_email_says_nothing_of_health_and_its_link_leads_to_the_record(self, alice: Record) -> None:
        carl = make_user("carl@example.org", display_name="Dr Carl")
        link = self.invite(alice, carl.email)
        letter = mail.outbox[-1]
        words = f"{letter.subject} {letter.body} {letter.alternatives} {letter.from_email}".lower()
        assert [word for word in FORBIDDEN if word in words] == []
        client = log_in_as_user(carl)
        path = link.removeprefix("http://testserver")
        assert client.get(path, follow=True).redirect_chain == [(reverse("invitation"), 302)]
        assert client.post(reverse("invitation"), follow=True).redirect_chain == [(reverse("patients"), 302)]
        session = client.session
        session["second_factor_enrolled"] = carl.pk
        session.save()
        assert client.get(reverse("patient", args=[alice.key])).status_code == 200

    def test_a_wrong_address_stays_in_the_form_with_a_sentence(self, alice: Record) -> None:
        client = log_in_as_user(alice.user)
        client.post(client.get(reverse("invite"))["Location"], {"password": PASSWORD})
        page = client.post(reverse("invite"), {"email": "no address"})
        assert page.status_code == 422
        assert 'value="no address"' in page.content.decode()
        own = client.post(reverse("invite"), {"email": alice.user.email})
        assert "your own address" in own.content.decode()

    def test_another_account_is_told_whom_the_invitation_is_for(self, alice: Record) -> None:
        _invitation, token = sharing.invite(record=alice, email="carl@example.org", now=timezone.now())
        other = log_in_as_user(make_user("other@example.org"))
        page = other.get(reverse("open_invitation", args=[token]), follow=True)
        assert "another address" in page.content.decode()
        other.post(reverse("invitation"))
        assert not Grant.objects.exists()

    @pytest.mark.asvs(61)
    def test_each_look_is_noted_for_the_patient(self, cast: Cast) -> None:
        carl = log_in_as_user(cast.carl)
        carl.get(reverse("patients"))
        carl.get(reverse("patient", args=[cast.alice.key]))
        log = cast.alice.user.trail.log
        assert list(log.values_list("action", flat=True))[:2] == ["saw_progress", "saw_list"]
        names = AuditIdentity.objects.filter(hash=log.first().actor_hash).values_list("name", "email")
        assert list(names) == [("Dr Carl", "carl@example.org")]
        page = log_in_as_user(cast.alice.user).get(reverse("access")).content.decode()
        assert "looked at the progress page" in page
        assert "Dr Carl" in page

    def test_a_refused_look_is_not_noted(self, cast: Cast) -> None:
        dora, before = log_in_as_user(cast.dora), AuditEntry.objects.count()
        dora.get(reverse("patient", args=[cast.alice.key]))
        assert AuditEntry.objects.count() == before

    def test_the_list_of_access_takes_as_many_queries_long_as_short(self, cast: Cast) -> None:
        client = log_in_as_user(cast.alice.user)
        short = queries(client, reverse("access"))
        for number in range(12):
            make_grant(cast.alice, make_user(f"c{number}@example.org"))
        assert queries(client, reverse("access")) == short <= 14


@pytest.mark.django_db
class TestSomebodyElsesLink:
    """A link that was meant for another does not take a person's own pages away."""

    def test_it_leaves_a_patients_home_page_alone(self, cast: Cast) -> None:
        _invitation, token = sharing.invite(record=cast.alice, email="new@example.org", now=timezone.now())
        bea = log_in_as_user(cast.bea.user)
        bea.get(reverse("open_invitation", args=[token]))
        assert bea.get(reverse("home")).status_code == 200
        bea.get(reverse("invitation"))
        assert bea.get(reverse("invitation")).status_code == 404

    def sign_up(self, alice: Record, email: str, **more: str) -> Client:
        _invitation, token = sharing.invite(record=alice, email="carl@example.org", now=timezone.now())
        client = Client()
        client.get(reverse("open_invitation", args=[token]))
        client.post(
            "/account/signup/",
            {"email": email, "password1": "a-dozen-weeks-apart", "time_zone": "UTC", **more},
        )
        return client

    def test_signing_up_with_another_address_makes_a_patient_who_must_agree(self, alice: Record) -> None:
        self.sign_up(alice, "other@example.org")
        assert not User.objects.filter(email="other@example.org").exists()
        self.sign_up(alice, "other@example.org", consent="on")
        other = User.objects.get(email="other@example.org")
        assert not other.is_clinician
        assert Record.objects.filter(user=other).exists()

    def test_signing_up_with_the_invited_address_makes_a_clinician(self, alice: Record) -> None:
        self.sign_up(alice, "Carl@example.org")
        carl = User.objects.get(email="carl@example.org")
        assert carl.is_clinician
        assert not Record.objects.filter(user=carl).exists()


@pytest.mark.asvs(8)
@pytest.mark.django_db
class TestSecondFactor:
    def test_a_clinician_meets_enrolment_before_any_patient_page(self, logged_cast: Cast) -> None:
        client = Client()
        client.force_login(logged_cast.carl)
        for where in (reverse("home"), reverse("patients"), reverse("patient", args=[logged_cast.alice.key])):
            answer = client.get(where)
            assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
        assert not logged_cast.alice.user.trail.log.filter(action__startswith="saw").exists()

    def test_he_may_set_it_up_and_leave(self, cast: Cast) -> None:
        client = Client()
        client.force_login(cast.carl)
        assert client.get(reverse("mfa_index")).status_code == 200
        assert client.get(reverse("account_logout")).status_code == 200

    def test_a_session_from_before_the_enrolment_must_show_the_factor(self, cast: Cast) -> None:
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(cast.carl, "JBSWY3DPEHPK3PXP")
        client = Client()
        client.force_login(cast.carl)
        answer = client.get(reverse("patients"))
        assert answer["Location"].startswith(reverse("mfa_reauthenticate"))

    def test_a_patient_is_not_asked(self, alice: Record) -> None:
        client = Client()
        client.force_login(alice.user)
        assert client.get(reverse("home")).status_code == 200

    def test_in_demo_mode_nobody_is_asked(self, cast: Cast, settings: object) -> None:
        settings.DEMO = True  # type: ignore[attr-defined]  # pytest-django's fixture
        client = Client()
        client.force_login(cast.carl)
        assert client.get(reverse("patients")).status_code == 200

    @pytest.mark.asvs(17)
    def test_secrets_of_the_second_factor_are_encrypted(self, cast: Cast) -> None:
        from allauth.mfa.models import Authenticator
        from allauth.mfa.totp.internal.auth import TOTP

        TOTP.activate(cast.carl, "JBSWY3DPEHPK3PXP")
        assert "JBSWY3DPEHPK3PXP" not in str(Authenticator.objects.values())
