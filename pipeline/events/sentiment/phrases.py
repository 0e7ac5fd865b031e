"""Phrases of customers' English that mean something else, or more, than the sum of their words.

Weights as in ``lexicon``; 0.0 takes away the meaning that single words would have.
"""

from __future__ import annotations


def _rows(phrases: str) -> tuple[str, ...]:
    """Split at bars, with any white space between words made one blank."""
    return tuple(" ".join(phrase.split()) for phrase in phrases.split("|"))


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
        """appreciate it if|appreciate if|appreciate your point|thank goodness|chance to win|
        enter to win|good morning|good afternoon|good evening|good day|good night|happy birthday|
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
