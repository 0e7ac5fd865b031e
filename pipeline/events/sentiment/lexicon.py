"""Words and signs of customers' English that praise or blame, and those that change others.

A weight is the strength of a sign standing alone: its polarity is the hyperbolic tangent of it.
Weights are judgements. What is wrong with a service is in ``failures``, words that mean something
only in a row are in ``phrases``, what signs do to one another is in ``weighing`` and ``sarcasm``.
Words are written without the apostrophe of n't, which many leave out.
"""

from __future__ import annotations


def graded(*groups: tuple[float, str]) -> dict[str, float]:
    """Return the weight of each word; a word's first group counts."""
    return {word: weight for weight, words in reversed(groups) for word in words.split()}


def listed(words: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(words.split())


# Plain praise: an opinion or feeling for something.
PRAISE = graded(
    (
        1.1,
        """outstanding phenomenal exceptional flawless unbeatable unmatched unrivalled incomparable
        sublime faultless""",
    ),
    (
        0.9,
        """loved adore adored favourite favorite favourites favorites impeccable incredible exceeded
        exceeding delighted thrilled best magnificent marvellous marvelous spectacular terrific goat
        amazeballs exquisite sensational devine divine heavenly heaven bliss tremendous remarkable
        breathtaking mindblowing mind-blowing ecstatic overjoyed unforgettable extraordinary jewel
        treasure""",
    ),
    (
        0.7,
        """impressed impresses amazed gorgeous beautiful beautifully brill grateful gratitude
        blessed blessing winning winner perfection recommended recommend recommending reccomend
        reccommend recomend hurray legend legends lifesaver life-saver superstar superstars rockstar
        rockstars delicious seamless seamlessly effortless effortlessly loving loves lovin luv
        happiest top-notch topnotch obsessed praise beats hero heroes yummy yum greatest nicest
        kindest friendliest sweetest loveliest finest delight delights stunning stunned superior
        excels excelled triumph gem gems tasty scrumptious mouthwatering flavorful flavourful
        cherish cherished saviour savior godsend admirable admire exemplary commend commendable
        applaud props wonderfully brilliantly fantastically superbly amazingly unstoppable champion
        champ angels angel""",
    ),
    (
        0.5,
        """friendly polite courteous helpful attentive professional professionalism efficient
        efficiently efficiency speedy prompt promptly pleased satisfied satisfying satisfaction
        reliable dependable trustworthy generous generosity kindness caring thoughtful understanding
        responsive smooth smoothly fun enjoy enjoyed enjoying enjoyable enjoys proud excited
        exciting excites stoked pumped win wins comfy comfortable comfortably pleasant pleasantly
        pleasure charming charm cute hassle-free intuitive clever wise elegant knowledgeable
        hospitable hospitality welcoming warmth bless trusted worthwhile refreshing improved
        improvement improving improves praised woohoo woot sleek handy sturdy durable crisp vibrant
        excellence excel trust accommodating fastest easiest quickest smoothest cleanest coolest
        gracious heartwarming touching joy joyful joyous cheerful laughing smiling smile smiles
        relaxing relaxed relaxation hilarious fascinating captivating entertaining inspiring
        inspired inspirational talented skilled skilful skillful competent diligent lovable likeable
        likable personable versatile innovative stylish luxurious lavish spotless immaculate
        pristine authentic juicy tender moist hooked magical magic rewarding dandy groovy legit epic
        jolly brightens brightened compliment compliments congratulate sweetheart darling medal
        well-made bestest gud uplifting soothing safely""",
    ),
    (
        0.3,
        """fast quick quickly easy easily easier simple nicely fresh clean affordable cheaper
        inexpensive bargain decent fine solid useful safe worth worthy lucky sweet cool comfort
        stable painless fair interesting success successful successfully convenient convenience
        spacious cosy cozy funny accurate calm peaceful better faster smoother quieter quiet
        generously works worked liked respectful well-known""",
    ),
)

# Praise that is as often meant the other way round when a failure is told beside it.
WRY_PRAISE = graded(
    (0.9, "amazing awesome awsome excellent excellently fantastic brilliant wonderful perfect"),
    (0.8, "love great lovely perfectly gr8 grand superb stellar"),
    (0.7, "bravo kudos fabulous fab impressive classy ace hooray yay delightful"),
    (0.3, "wow"),
    (
        0.6,
        """good nice happy well-done congrats congratulations congratulation splendid genius neat
        glad""",
    ),
)

# What a brand put right; it also says that a praise before it was meant.
REMEDIES = graded(
    (
        0.45,
        """fixed resolved solved sorted refunded reimbursed compensated replaced restored helped
        rescued apologised apologized credited rectified waived upgraded accommodated saved
        retrieved recovered reinstated""",
    ),
)

# Plain blame: an opinion or feeling against something.
BLAME = graded(
    (
        -1.1,
        """worst terrible horrible horrific horrendous awful atrocious abysmal appalling appalled
        disgusting disgusted disgraceful disgrace despicable diabolical scam scammed scammers
        scammer scams fraud fraudulent vile evil inexcusable unforgivable unacceptable unacceptible
        shambles shambolic hate hated hates hating loathe loathed garbage trash thieves crooks crook
        abhorrent abhor deplorable reprehensible detest detestable revolting repulsive sickening
        heartless inhumane worstest""",
    ),
    (
        -0.85,
        """pathetic ridiculous ridiculousness furious outraged outrageous outrage livid incompetent
        incompetence useless worthless shameful joke sucks sucked sux shit shitty bullshit bs crap
        crappy dreadful rubbish lied liars liar lies steal stealing stole stolen theft ripoff
        rip-off robbery robbed cheated cheats nightmare fiasco farce laughable lousy hopeless
        trashed fuming infuriating infuriated enraged rage despise racist racism abusive abuse
        abused deceptive deceived deceiving misleading deceitful negligent negligence dishonest
        unethical neveragain epicfail piss pissed pissd fml boycott insulting insulted insult wtf
        ffs stupid stupidity idiots idiot idiotic moron morons clowns clown circus screwed
        disrespectful disrespect mislead misled junk horror horrid bogus atrociously dumpsterfire
        catastrophe catastrophic abomination traumatic unbearable insufferable contempt disdain
        asshole assholes bastard bastards bitch douche jackass mf mofo""",
    ),
    (
        -0.65,
        """bad poor poorly rude rudely rudeness disappointed disappointing disappointment
        disappoints disappoint disapointed disapointing disapoinment disapointment dissapointed
        dissapointing dissapointment dissapoint dissatisfied displeased unhappy angry anger annoyed
        annoying annoys annoyance annoyances frustrated frustrating frustration frustrates
        frustratingly upset upsetting sucky suck fail fails failed failure failures worse worsen
        mess messed messy careless carelessness unprofessional unreliable unhelpful overpriced
        ashamed shame shocking shocked shockingly regret regretted unfair unfairly unjust horribly
        terribly badly awfully clueless inept greedy greed ruined ruining ruin ruins wasted waste
        wasting misery miserable painful sick fedup appallingly nonsense absurd ludicrous stressful
        stress stressed distressing trashy lame sloppy shoddy dodgy filthy gross nasty inedible
        undercooked overcooked soggy stale rotten mouldy moldy jerk jerks arrogant condescending
        dismissive hostile aggressive ignorant obnoxious humiliating humiliated embarrassing
        embarrassed embarrassment embarrassingly aggravating aggravated aggravation exasperated
        exasperating unimpressed underwhelming underwhelmed uninspired tasteless flavorless
        flavourless disaster disasters chaos chaotic dread dreading hideous dire sham rigged
        untrustworthy unsanitary unhygienic unusable inferior substandard subpar sub-par mediocre
        fooled conned swindled exploit exploiting exploitative extortion extortionate callous
        disorganised disorganized unorganised unorganized inadequate intolerable disturbing
        inconsiderate incapable cruel cowards dumb threatening harassed harassing harassment
        bullying mocking mocked creepy scary terrified scared horrified worthless damnit dammit""",
    ),
    (
        -0.45,
        """sad sadly unfortunately unfortunate slow slowest slower sluggish laggy clunky buggy
        glitchy expensive pricey dirty cold confusing confused confusion inconvenient inconvenience
        inconvenienced inconsistent unsatisfactory bland blandest boring bored ugly tired annoy
        irritating irritated irritates irritation hassle struggle struggling concerned concerning
        worrying worried unsafe dangerous complain complained complaining complaint complaints
        wrongly misinformed hell ugh argh arrgh grr smh smdh cheap cheaply flimsy uncomfortable
        cramped downgrade downgraded sorrynotsorry fuck fucked meh flop spotty tricky unsatisfying
        blah yuck yucky ew eww icky overrated over-rated outdated flaw flaws flawed drawback
        drawbacks downside dislike disliked dislikes lukewarm greasy burnt dry lacked weak weird
        awkward cumbersome avoid avoiding beware mad drama lazy indifferent unwelcoming unfriendly
        unclear unnecessary unsatisfied unwilling unable difficult difficulty difficulties
        impossible tedious fragile noisy smelly stink stinks stinky stunk sticky stained bait pushy
        sketchy shady gouging gouge pain headache depressing depressed heartbroken devastated
        disheartening discouraging worrisome suspicious helpless sigh sighs bummer bummed hurts hurt
        hurting ouch ridic wth omfg pfft facepalm smfh injustice offensive offended toxic afraid
        inaccurate unacceptably questionable madness insane unreasonable hostage suffer suffering
        suffered suffers""",
    ),
    (-0.3, "hard harder fuss crazy silly excuse excuses loud lengthy pointless shaky loose dull"),
)

COURTESIES = graded(
    (
        0.5,
        """thanks thank thankyou thx thnx thnks thanx thanku tnx tysm ty cheers appreciate
        appreciates appreciated appreciating thankful ta tks""",
    ),
)
REQUESTS = listed("please pls plz plss assist assistance help helping advise kindly need")
NEGATIONS = listed(
    """not never nothing nobody neither nor hardly barely scarcely cannot cant dont doesnt didnt
    wont wouldnt shouldnt couldnt isnt arent wasnt werent hasnt havent hadnt aint noone rarely
    seldom"""
)
# They say besides that a thing is not there.
LACKING = listed("no none without zero lack lacks lacking insufficient")
INTENSITIES = graded(
    (
        1.35,
        """extremely absolutely incredibly completely totally utterly insanely unbelievably
        ridiculously fucking fuckin freaking frickin friggin damn goddamn bloody exceptionally
        outrageously thoroughly beyond hugely massively hella total complete utter absolute""",
    ),
    (
        1.2,
        """very really so such super truly seriously highly particularly especially deeply most
        genuinely sincerely v mega ultra""",
    ),
    (
        0.6,
        """slightly somewhat fairly bit kinda sorta mildly partly almost nearly semi relatively
        reasonably""",
    ),
)
# They make a failure worse, and a praise before them doubtful.
REPEATS = listed("another again still yet more once twice third constantly always every everytime")
CONTRASTS = listed("but however except nevertheless nonetheless until till")
CONCESSIONS = listed("although despite though")
UNREAL = listed(
    """wish hope hoping hopefully if would should could wanna want supposed expect expected need
    needs unless promised promise used i'd we'd"""
)

EMOJI = graded(
    (0.8, "😍 🥰 ❤ 💖 💕 💗 💓 💞 💘 💝 💟 💜 💙 💚 🧡 💛 🖤 🤍 🤎 ♥ 🤩 🏆 🥇 🫶"),
    (0.6, "😘 🎉 🎊 🙌 👏 💯 😻 👌 🥳 😁 😃 😄 🤗 ⭐ 🌟 💪 👍 🤝 🫡 👑"),
    (
        0.4,
        """😊 ☺ 🙂 😀 😎 😋 ✅ 🤤 🔥 ✨ 😇 😌 😸 😺 🍾 🥂 🤘 :) :-) =) (: (-: :d :-d =d <3 ^_^ ;)
        ;-) xd :] :'-) :') :p""",
    ),
    (-0.8, "😡 🤬 😠 🤮 🖕 💩 👿 😈"),
    (-0.6, "😤 👎 😒 🤢 😾 😖 😣 💔 🤡 🥴 🤦 🚮 🗑"),
    (
        -0.4,
        """😞 😔 😟 😕 ☹ 🙁 😩 😫 😢 😥 😓 😑 😐 😬 😪 😨 😰 ❌ 🚩 🤔 🤨 :( :-( =( :'( :/ :-/ >:(
        :[ :-[ :c :'-( :| :-|""",
    ),
)
# What is said beside them is meant the other way round.
IRONY = {"🙄": -0.5, "🙃": -0.4, "😏": -0.3, "sarcasm": -0.5, "sarcastic": -0.4}
