"""Words and signs of customers' English, with the weights that the scorer adds up.

A weight is the strength of a sign standing alone: its polarity is the hyperbolic tangent of it.
Weights are judgements. What the words do to one another is in ``scorer``.
"""

from __future__ import annotations


def _graded(*groups: tuple[float, str]) -> dict[str, float]:
    return {word: weight for weight, words in groups for word in words.split()}


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Plain praise: an opinion or feeling for something.
PRAISE = _graded(
    (1.1, "outstanding phenomenal superb exceptional flawless unbeatable unmatched stellar"),
    (
        0.9,
        """loved adore adored favourite favorite impeccable incredible exceeded delighted
        thrilled best fab fabulous magnificent marvellous marvelous spectacular terrific
        unreal goat""",
    ),
    (
        0.7,
        """impressed impressive amazed gorgeous beautiful beautifully brill grateful blessed
        yay winning winner perfection recommended recommend hooray kudos bravo legend
        legends lifesaver superstar superstars delicious seamless seamlessly effortless
        effortlessly loving loves happiest top-notch obsessed praise wow beats hero heroes
        yummy greatest""",
    ),
    (
        0.5,
        """friendly polite courteous helpful attentive professional efficient speedy prompt
        promptly pleased satisfied glad reliable dependable trustworthy generous kindness
        caring thoughtful understanding responsive smooth smoothly tasty fun enjoy enjoyed
        enjoying enjoyable proud excited stoked win wins comfy comfortable pleasant pleasure
        charming cute hassle-free intuitive clever smart elegant knowledgeable hospitable
        welcoming loyal fan fans bless trusted worthwhile refreshing improved improvement
        praised commend applaud better woohoo yum stunning sleek handy""",
    ),
    (
        0.3,
        """fast quick quickly easy easily easier simple nicely fresh clean hot-fresh affordable
        cheaper bargain decent fine solid useful worth lucky sweet cool comfort stable
        painless fair interesting appreciated success successful successfully""",
    ),
)

# Praise that is as often meant the other way round when a failure follows.
WRY_PRAISE = _graded(
    (0.9, "amazing awesome excellent fantastic brilliant wonderful perfect"),
    (0.8, "love great lovely perfectly"),
    (0.6, "good nice happy well-done congrats congratulations splendid genius neat"),
)

# What a brand put right; it also says that a praise before it was meant.
REMEDIES = _graded(
    (
        0.45,
        """fixed resolved solved sorted refunded reimbursed compensated replaced restored
        helped rescued apologised apologized credited arrived works worked""",
    ),
)

# Plain blame: an opinion or feeling against something.
BLAME = _graded(
    (
        -1.1,
        """worst terrible horrible horrific horrendous awful atrocious abysmal appalling
        appalled disgusting disgusted disgraceful disgrace despicable diabolical scam
        scammed scammers scammer fraud fraudulent vile evil inexcusable unforgivable unacceptable
        shambles shambolic hate hated hates loathe garbage trash thieves crooks abhorrent
        deplorable reprehensible""",
    ),
    (
        -0.85,
        """pathetic ridiculous furious outraged outrageous livid incompetent incompetence
        useless worthless shameful joke sucks sucked shit shitty bullshit bs crap crappy
        dreadful rubbish lied lying liars lies steal stealing stole stolen theft ripoff
        robbery robbed cheated nightmare fiasco farce laughable lousy hopeless trashed
        fuming infuriating infuriated enraged despise racist racism abusive deceptive
        misleading deceitful negligent negligence dishonest unethical neveragain epicfail
        piss pissed fml boycott insulting insulted wtf ffs stupid idiots idiot idiotic
        clowns clown screwed disrespectful mislead misled""",
    ),
    (
        -0.65,
        """bad poor poorly rude disappointed disappointing disappointment disappoints
        disappoint dissatisfied unhappy angry annoyed annoying frustrated frustrating
        frustration frustrates upset upsetting sucky suck fail fails failed failure
        failures worse mess messed careless unprofessional unreliable unhelpful overpriced
        ashamed shame shocking shocked regret unfair unjust horribly terribly badly awfully
        clueless inept greedy greed ruined ruining ruin wasted waste wasting misery
        miserable painful sick fedup appallingly nonsense absurd ludicrous insane stressful
        stress distressing trashy lame sloppy shoddy dodgy filthy gross nasty inedible
        undercooked soggy stale rotten mouldy moldy""",
    ),
    (
        -0.45,
        """sad sadly unfortunately unfortunate slow slowest slower sluggish laggy clunky buggy
        glitchy expensive dirty cold confusing confused inconvenient inconvenience
        inconvenienced inconsistent unsatisfactory mediocre bland boring ugly tired annoy
        irritating irritated hassle struggle struggling concerned concerning worrying
        worried unsafe dangerous rip ignorant complain complained complaining
        complaint complaints wrongly misinformed disaster damn hell ugh argh smh cheap
        flimsy uncomfortable cramped downgrade downgraded sorrynotsorry fuck fucked""",
    ),
)

# Service failures: facts against a brand, and what sarcasm is about.
FAILURES = _graded(
    (
        -0.6,
        """cancelled canceled cancelling canceling cancellation cancellations delayed delay
        delays delaying outage outages broken broke defective faulty damaged crashed crashes
        crashing crash overcharged overcharge overcharging overbooked bumped stranded
        ignored ignoring ignores unanswered unresolved unusable unresponsive undelivered
        misdelivered malfunction scratched hacked breach leaked leaking smashed cracked
        shattered bricked corrupted refused refusing refuses denied denies hung abandoned
        neglected misplaced mishandled spoiled expired shortchanged double-charged poisoning""",
    ),
    (
        -0.4,
        """lost missing late stuck error errors bug bugs glitch glitches glitching freezes
        freezing frozen lag lagging lags issue issues problem problems trouble troubles
        wrong waiting queue queues queueing queuing interrupted disconnected disconnecting
        disconnects disconnect dropped dropping drops locked rejected declined blurry noisy
        incorrect incorrectly mistake mistakes overdue backlog unavailable disrupted
        disruption diverted rebooked rescheduled hold spam spammed unauthorised unauthorized
        hidden shutdown downtime dead dying lose losing loses rerouted understaffed
        short-staffed short-changed blocked suspended bounced bounce deleted erased
        disappeared vanished stalled buffering failing timeout empty""",
    ),
    (-0.25, "excuse excuses nowhere wait waited transferred forced fault faults leak charged"),
)

# Verbs that say nothing until negated: "doesn't load", "won't turn on".
FUNCTIONS = _words(
    """
        work working load loading open opening connect connecting respond responding reply
        replying answer answering answered play playing arrive arriving show showing update
        updating download downloading deliver delivered delivering received receive
        receiving sync syncing charge charging turn turning start starting login log logging
        sign access fix fixing resolve resolving refund solve solving care cares listen help
        honor honour connected responded replied recognise recognize save install
        process processed shipped launch print send sending activate appear accept accepting
        function functioning available allow allowing
    """
)

COURTESIES = _graded(
    (0.5, "thanks thank thankyou thx thnx tysm ty cheers appreciate appreciates thankful ta"),
)
REQUESTS = _words("please pls plz plss assist assistance help helping advise kindly need")
NEGATIONS = _words(
    """
        not no never none nothing nobody neither nor without hardly barely scarcely lack
        lacks lacking cannot cant dont doesnt didnt wont wouldnt shouldnt couldnt isnt arent
        wasnt werent hasnt havent hadnt aint zero can't don't doesn't didn't won't wouldn't
        shouldn't couldn't isn't aren't wasn't weren't hasn't haven't hadn't ain't
    """
)
INTENSITIES = _graded(
    (
        1.35,
        """extremely absolutely incredibly completely totally utterly insanely unbelievably
        ridiculously fucking fuckin freaking bloody exceptionally outrageously thoroughly
        beyond hugely massively""",
    ),
    (1.2, "very really so such super truly seriously highly particularly especially deeply most"),
    (0.6, "slightly somewhat fairly bit kinda sorta mildly partly almost nearly semi relatively"),
)
# They make a failure worse, and a praise before them doubtful.
REPEATS = _words("another again still yet more once twice third constantly always every")
CONTRASTS = _words("but however except nevertheless nonetheless")
CONCESSIONS = _words("although despite though")
UNREAL = _words(
    """
        wish hope hoping hopefully if would should could wanna want supposed expect expected
        need needs unless promised promise used
    """
)

EMOJI = _graded(
    (0.8, "😍 🥰 ❤ 💖 💕 💗 💓 💜 💙 💚 🧡 💛 🖤 ♥ 🤩 🏆 🥇"),
    (0.6, "😘 🎉 🎊 🙌 👏 💯 😻 👌 🥳 😁 😃 😄 🤗 ⭐ 🌟 💪 👍"),
    (0.4, "😊 ☺ 🙂 😀 😎 😋 ✅ 🤤 🔥 ✨ 😇 :) :-) =) (: :d :-d <3 ^_^ ;) ;-) xd"),
    (-0.8, "😡 🤬 😠 🤮 🖕 💩 👿"),
    (-0.6, "😤 👎 😒 🤢 😾 😖 😣 💔 🤡"),
    (-0.4, "😞 😔 😟 😕 ☹ 🙁 😩 😫 😢 😥 😓 😑 😐 🤦 😬 😪 :( :-( =( :'( :/ :-/ >:("),
)
# What is said beside them is meant the other way round.
IRONY = {"🙄": -0.5, "🙃": -0.4, "😏": -0.3, "sarcasm": -0.5, "sarcastic": -0.4}
