"""How the mail stand-in receives: what it answers to a sender's commands, and the faults that can be switched on. What becomes of the mail lives in `mail`."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.smtp import Cut


@dataclass(slots=True)
class MailFaults:
    """Switches, all off at first. Sets hold addresses.

    `down`: connections are closed unanswered. `throttle_every` n: each n-th message is put off for `retry_after`
    seconds. `greylist`: the first attempt for each address is put off. `gone`: no such mailbox. `refuse`: messages
    are refused as unwanted. `bounce`: accepted, then returned. `sender_refused`: our sender may not send here.
    `cut_at_mail`, `cut_in_data`: the connection breaks there. `cut`: it breaks after the message was accepted,
    before the answer.
    """

    down: bool = False
    throttle_every: int = 0
    retry_after: int = 60
    greylist: bool = False
    gone: set[str] = field(default_factory=set)
    refuse: set[str] = field(default_factory=set)
    bounce: set[str] = field(default_factory=set)
    sender_refused: bool = False
    cut_at_mail: bool = False
    cut_in_data: bool = False
    cut: bool = False


class Reception:
    """The answers of a mail server, command by command (RFC 5321). Raises `Cut` where the connection breaks."""

    def __init__(self, hostname: str) -> None:
        self.hostname = hostname
        self.faults = MailFaults()
        self._greylisted: set[str] = set()
        self._sends = 0

    def greet(self) -> str:
        """To a new connection."""
        if self.faults.down:
            raise Cut
        return f"220 {self.hostname} ESMTP"

    def sender(self, address: str) -> str:
        """To MAIL FROM."""
        if self.faults.down:
            return "421 4.3.2 Closing down"
        if self.faults.cut_at_mail:
            raise Cut
        if self.faults.sender_refused:
            return "550 5.7.1 Sender not permitted"
        self._sends += 1
        if self.faults.throttle_every and self._sends % self.faults.throttle_every == 0:
            return f"450 4.7.0 Too many messages, try again in {self.faults.retry_after} seconds"
        return "250 2.1.0 Ok"

    def recipient(self, sender: str, address: str) -> str:
        """To RCPT TO."""
        address = address.lower()
        if address in self.faults.gone:
            return "550 5.1.1 Recipient address rejected: User unknown"
        if address in self.faults.refuse:
            return "554 5.7.1 Message refused"
        if self.faults.greylist and address not in self._greylisted:
            self._greylisted.add(address)
            return f"451 4.7.1 Greylisted, try again in {self.faults.retry_after} seconds"
        return "250 2.1.5 Ok"

    def begun(self) -> None:
        """When the first bytes of a message have come."""
        if self.faults.cut_in_data:
            raise Cut
