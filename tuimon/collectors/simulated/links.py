"""The simulated network interfaces and TCP."""

from __future__ import annotations

from random import Random

from tuimon.collectors.simulated.noise import Drift, Lag, Whole
from tuimon.model.families import Network, Tcp

FLOOD_PACKET = 420.0  # bytes


class Link:
    """One interface with its counters: received and transmitted bytes, packets, errors, drops."""

    def __init__(self, name: str, boot: tuple[float, float]) -> None:
        self._name = name
        received, sent = boot
        self._totals = [int(received), int(sent), int(received / 310), int(sent / 880), 0, 0, 14, 0]
        self._whole = [Whole() for _ in range(8)]

    def advance(self, step: float, amounts: tuple[float, float, float, float, float], *, first: bool) -> Network:
        """Carry (received bytes, sent bytes, received packets, sent packets, drops on receive) in a step."""
        received, sent, packets_in, packets_out, drops = amounts
        wanted = (received, sent, packets_in, packets_out, 0.0, 0.0, drops, 0.0)
        done = [whole.take(amount) for whole, amount in zip(self._whole, wanted, strict=True)]
        for place, amount in enumerate(done):
            self._totals[place] += amount
        rx, tx, rx_packets, tx_packets, rx_errors, tx_errors, rx_drops, tx_drops = (
            None if first else amount / step for amount in done
        )
        return Network(
            self._name, rx, tx, rx_packets, tx_packets, rx_errors, tx_errors, rx_drops, tx_drops, *self._counts()
        )

    def _counts(self) -> tuple[int, int, int, int, int, int, int, int, bool]:
        rx, tx, rx_packets, tx_packets, rx_errors, tx_errors, rx_drops, tx_drops = self._totals
        return rx, tx, rx_packets, tx_packets, rx_errors, tx_errors, rx_drops, tx_drops, True


class Links:
    """eth0 carries the requests, wg0 the metrics and backups of the private network."""

    def __init__(self, random: Random, uptime: float, requests: float) -> None:
        self._random = random
        mean = requests * uptime
        self._eth0 = Link("eth0", (2150.0 * mean, 17800.0 * mean))
        self._wg0 = Link("wg0", (900.0 * uptime, 3800.0 * uptime))
        self._page = Drift(random, tau=8.0, spread=0.12)
        self._open = Lag(60 + 0.55 * requests, 12.0)
        self._waiting = Lag(1.6 * requests, 45.0)
        self._resent = Whole()
        self._resent_total = int(0.02 * mean)
        self.packets = 0.0  # a second, for the interrupts

    def advance(self, step: float, requests: float, flood: float, *, first: bool) -> tuple[tuple[Network, ...], Tcp]:
        """Carry `requests` a second and `flood` bytes a second besides."""
        random = self._random
        sent = requests * 17800.0 * self._page.advance(step)
        received = requests * 2150.0 * (0.9 + 0.2 * random.random()) + flood * (0.9 + 0.2 * random.random())
        packets_in = requests * 9.0 + flood / FLOOD_PACKET
        packets_out = requests * 15.0 + 0.04 * flood / FLOOD_PACKET
        drops = max(0.0, flood / FLOOD_PACKET - 120e3) * (0.1 + 0.1 * random.random())
        self.packets = packets_in + packets_out
        eth0 = (received * step, sent * step, packets_in * step, packets_out * step, drops * step)
        scrape = 42e3 if random.random() < step / 15.0 else 0.0
        asked, told = ((120.0 + 700.0 * random.random()) * step for _ in range(2))
        wg0 = (asked + 0.06 * scrape, told + scrape, asked / 140 + scrape / 1300, told / 140 + scrape / 1200, 0.0)
        network = (self._eth0.advance(step, eth0, first=first), self._wg0.advance(step, wg0, first=first))
        return network, self._tcp(step, requests, flood, first=first)

    def _tcp(self, step: float, requests: float, flood: float, *, first: bool) -> Tcp:
        established = self._open.advance(60 + 0.55 * requests + flood / 60e3, step)
        waiting = self._waiting.advance(1.6 * requests + flood / 25e3, step)
        resent = self._resent.take((0.02 * requests + flood / 1.1e5) * step * 2 * self._random.random())
        self._resent_total += resent
        return Tcp(
            int(established + 4 * self._random.random()),
            int(waiting + 9 * self._random.random()),
            None if first else resent / step,
            self._resent_total,
        )
