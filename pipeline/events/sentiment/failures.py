"""What goes wrong with a service: facts that blame a brand without a word of opinion.

Sarcasm is about these. Weights as in ``lexicon``.
"""

from __future__ import annotations

from pipeline.events.sentiment.lexicon import graded, listed

FAILURES = graded(
    (-0.1, "fee fees refund refunds"),
    (
        -0.6,
        """cancelled canceled cancelling canceling cancellation cancellations delayed delay delays
        delaying outage outages broken broke breaks breaking breakage defective faulty damaged
        damages damage crashed crashes crashing crash overcharged overcharge overcharging
        overcharges overbooked oversold bumped stranded ignored ignoring ignores unanswered
        unresolved unresponsive undelivered misdelivered malfunction malfunctioned malfunctioning
        scratched hacked breach breached leaked leaking leaks smashed cracked shattered bricked
        corrupted refused refusing refuses refuse denied denies denying hung abandoned neglected
        neglect misplaced mishandled spoiled spoilt expired shortchanged double-charged poisoning
        poisoned soaked ripped torn dented leaky mold mould cockroach cockroaches roach roaches
        maggot maggots bedbugs vomit vomited accused accusing fined scolded yelled yelling shouted
        shouting threatened blames blamed blaming blame unpaid underpaid throttle throttled
        throttling nonexistent non-existent inoperable undeliverable kicked forgery forgeries
        counterfeit fake""",
    ),
    (
        -0.4,
        """lost missing late stuck error errors bug bugs glitch glitches glitching freezes freezing
        frozen froze lag lagging lags issue issues problem problems trouble troubles wrong waiting
        queue queues queueing queuing interrupted disconnected disconnecting disconnects disconnect
        dropped dropping drops locked rejected declined blurry incorrect incorrectly mistake
        mistakes overdue backlog unavailable disrupted disruption disruptions diverted rebooked
        rescheduled rescheduling reschedule spam spammed spamming unauthorised unauthorized shutdown
        downtime dead died dies dying lose losing loses rerouted understaffed short-staffed
        short-changed blocked suspended bounced deleted erased wiped disappeared vanished stalled
        buffering timeout skipped skips threw thrown drained draining drains overheated overheating
        overheats mistreated mishandle overcrowded overcrowding standstill gridlock excluded missed
        tampered dumped dumping jammed flooded wet reeks smelled quit quits clogged mislabeled
        mislabelled mix-up mixup botched butchered withheld overdrawn debited misquoted
        miscommunication misconnect rebook rebooking no-show deplaned deplane tarmac""",
    ),
    (
        -0.25,
        """nowhere wait waited waits transferred forced fault faults charged excludes hike hiked
        surcharge surcharges penalty penalties substitute substituted reject rushed begging chasing
        chased chase argue argued arguing stopped supposedly allegedly bumping""",
    ),
)
# What a brand or its product does: says nothing until negated ("doesn't load", "won't turn on").
FUNCTIONS = listed(
    """work working load loading open opening connect connecting respond responding reply replying
    answer answering answered answers play playing arrive arriving show showing update updating
    download downloading upload deliver delivered delivering received receive receiving sync syncing
    charge charging turn turning start starting login log logging sign access fix fixing resolve
    resolving solve solving care cares listen honor honour connected responded replied recognise
    recognize recognised save install process processed processing shipped ship launch print sending
    activate appear accept accepting function functioning available allow allowing correct explain
    explained submit register fit fits match compatible clear usable come came call heard called
    pick like bother bothered hear find found let lets believe acknowledge acknowledged apologise
    apologize acceptable communicate communicating honoured honored notified notify inform informed
    unlock pair"""
)
# What a brand owes: says nothing until it is said to be lacking ("no wifi", "zero updates").
DUES = listed(
    """wifi wi-fi internet signal service reception connection coverage network broadband food water
    drink drinks meal meals seat seats staff crew explanation explanations information info
    communication communications response responses voucher vouchers hotel hotels announcement
    announcements luggage bag bags baggage heating heat air ac aircon power electricity tracking
    email emails callback record notice idea clue sound picture video volume flavor flavour taste
    stars support resolution solution warranty manners courtesy empathy compassion respect dignity
    integrity loyalty agent agents representative rep reps pilot gate blankets blanket pillow
    apology apologies compensation warning entertainment movies movie tv ice end luck"""
)
# Units of time: they say nothing until something took that long.
UNITS = listed("hour hours hr hrs minute minutes min mins day days week weeks month months")
