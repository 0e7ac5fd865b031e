"""Words, phrases and signs of customers' English, with the weights that the scorer adds up.

A weight is the strength of a sign standing alone: its polarity is the hyperbolic tangent of it.
Weights are judgements. What the words do to one another is in ``scorer``.
"""

from __future__ import annotations


def _graded(*groups: tuple[float, str]) -> dict[str, float]:
    return {word: weight for weight, words in groups for word in words.split()}


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _rows(phrases: str) -> tuple[str, ...]:
    """Split at bars, with any white space between words made one blank."""
    return tuple(" ".join(phrase.split()) for phrase in phrases.split("|"))


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
        scammed scammers scammer fraud fraudulent vile inexcusable unforgivable unacceptable
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
        frustration frustrates upset upsetting sucky suck fail fails failed failing failure
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
        worried unsafe dangerous rip ignorant ridiculously complain complained complaining
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
        helping honor honour connected responded replied recognise recognize save install
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

# Words in a row that mean something else, or something more, than their sum.
_PHRASE_GROUPS: tuple[tuple[float, str], ...] = (
    (
        0.9,
        """couldn't be happier|could not be happier|couldn't be better|can't recommend enough|
        cannot recommend enough|can't fault|cannot fault|can't beat|second to none|
        above and beyond|hats off|shout out to|shoutout to|made my day|makes my day|10/10|
        5/5|five stars|5 stars|5 star|five star|never let me down|never disappoints|
        never disappoint|never fails to impress|blown away|keep up the good work|
        game changer|well done|job well done|two thumbs up|customer for life|first class|
        world class|big up|hats off to""",
    ),
    (
        0.6,
        """thumbs up|can't wait|no complaints|no problems|no issues|no problem at all|not bad|
        without any issues|without a problem|without any problems|without a hitch|
        works like a charm|worth every penny|on time|so far so good|i like|really like|
        i really like|like the new|went out of his way|went out of her way|
        went out of their way|stands out|thank god for|on point|better than ever|
        hard to beat|big fan|huge fan|much better|kind words|so kind|very kind|really kind|
        as promised|early delivery|arrived early|ahead of schedule|up and running""",
    ),
    (
        -0.25,
        """please help|pls help|plz help|help please|help pls|need help|needs help|any help|
        somebody help|someone help|help me|please fix|pls fix|fix this|fix it|fix your|
        please sort|sort it out|sort this out|get it together|please respond|please reply|
        please answer|why is|why are|why does|why do|why can't|why won't|what's going on|
        anyone else having|any update|any updates|would be great|would be nice|be nice if|
        be great if|how long|how hard is it|wish you|i wish|used to be|used to love|
        used to like""",
    ),
    (
        -0.55,
        """still waiting|still no|still not|still haven't|still hasn't|still nothing|
        yet to receive|no response|no reply|no answer|no help|no one answers|nobody answers|
        no one responds|not working|stopped working|stops working|doesn't work|
        does not work|don't work|didn't work|won't work|not work|out of order|out of stock|
        not happy|not impressed|not good|not great|not ok|not okay|not cool|not acceptable|
        on hold|hung up on me|hung up|hangs up|been down|is down|are down|went down|
        goes down|down again|keeps dropping|cuts out|cut out|log me out|logged me out|
        kicked me|kicks me|so long|too long|too slow|too expensive|fed up|let down|
        lets me down|let me down|sick of|tired of|had enough|no longer|cut off|run around|
        runaround|passed around|get rid of|could be better|could do better|must do better|
        better luck|don't bother|do not bother|sort yourselves out|do better|be better|
        what happened to|money back|want my money|cost me|charged me|charged twice|
        double charged|no show|no shows|never arrived|never came|never showed|
        never received|never turned up|not received|not delivered|didn't arrive|
        hasn't arrived|hasn't come|gone missing|went missing|for hours|hours on the phone|
        over an hour|beyond me|bait and switch|fell apart|falls apart|falling apart|
        waste of|lack of|good luck|so much for|yeah right|as usual|nice try|thanks to you|
        left me|wouldn't let|won't let|zero stars|1 star|one star|0 stars""",
    ),
    (
        -0.9,
        """thanks for nothing|thank you for nothing|thanks a lot for nothing|cancelled again|
        canceled again|delayed again|down again|never again|never using|never flying|
        never ordering|never buying|never shopping|never coming back|won't be back|
        won't be coming back|will not be back|taking my business|rip off|ripped off|
        ripping off|ripping me off|can't stand|cannot stand|what a joke|a joke|sort your|
        get a grip|how dare|shame on|no excuse|no excuses|waste of money|waste of time|
        stay away|steer clear|avoid at all costs|couldn't care less|could care less|
        don't care|do not care|doesn't care|0/10|1/10|last straw|switching to|switched to|
        leaving you|cancelling my|canceling my|cancel my|way to go|slow clap|just great|
        oh great|oh good|oh joy|oh lovely|oh nice|oh wonderful|gee thanks|thanks a bunch|
        food poisoning|daylight robbery|customer no more|lost a customer|lost my business|
        customer disservice|just what i needed|get your act together|nothing but problems|
        nothing but trouble|false advertising|piece of shit|piece of crap""",
    ),
    (
        0.0,
        """good morning|good afternoon|good evening|good day|good night|happy birthday|
        happy halloween|happy christmas|happy new year|happy friday|happy monday|
        happy holidays|happy easter|happy thanksgiving|happy anniversary|happy to|
        merry christmas|best regards|kind regards|all the best|for your help|
        for your support|for helping|for the help|for all your help|for all the help|
        with the help|with your help|warm regards|best wishes|best way|best time|best place|
        best option|best before|best practice|great britain|love island|love from|
        quick question|simple question|good reason|good news|good to know|for good|
        as well as|fair enough|well known|not only|not just|no doubt|no wonder|no matter|
        but also|can't believe|cannot believe|could not believe|couldn't believe|
        don't get me wrong|don't worry|no worries|don't forget|not sure|not to mention|
        never been so|never been more|never had such|never had a worse|never seen such|
        never experienced such|never felt so|never known such|never seen a worse|
        nothing more|at least|if not|why not|better than nothing|
        hot sauce|once more|more than|cold water|cold brew|cold drink|ice cold|sick day|
        sick leave|dead or alive|help desk|help page|help centre|help center|error code|
        lost and found|most of|log in|free of charge|wait for it|in charge|charged up|
        fully charged|thanks in advance|thank you in advance|
        no problem|so that|such as|so i|so we|so you|so they|so it|every day|cancel culture|
        open hours|late night|late show|as soon as possible|as late as|love to|would love|
        would like|like to|well as|poor man's|sorry to|fail to see""",
    ),
)
PHRASES = {phrase: weight for weight, phrases in _PHRASE_GROUPS for phrase in _rows(phrases)}
# Praise of a habit; blame as soon as the habit is a failure: "love waiting on hold".
WRY_PHRASES = _rows(
    """
        love how|love it when|love when|love that|love being|love waiting|love sitting|
        love paying|love getting|enjoy waiting|gotta love|got to love|you have to love|
        nothing like|always a pleasure|great help|big help|huge help|so helpful|good job|
        great job|nice job|good work|great work|great service|nice work|
        great customer service|good customer service|excellent service|
        excellent customer service
    """
)

COURTEOUS_PHRASES = _rows(
    """
        thank you so much|thanks so much|thank you very much|thanks very much|many thanks|
        thanks a lot|thanks a million|much appreciated
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
