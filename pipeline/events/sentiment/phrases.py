"""Words of customers' English that in a row mean something else, or more, than their sum.

Weights as in ``lexicon``; 0.0 takes away the meaning that single words would have.
"""

from __future__ import annotations


def _rows(phrases: str) -> tuple[str, ...]:
    """Split at bars, with any white space between words made one blank."""
    return tuple(" ".join(phrase.split()) for phrase in phrases.split("|"))


def _graded(*groups: tuple[float, str]) -> dict[str, float]:
    return {phrase: weight for weight, phrases in groups for phrase in _rows(phrases)}


# Whole thoughts for a brand; no context turns them.
PRAISES = _graded(
    (
        0.9,
        """couldn't be happier|could not be happier|couldn't be better|can't recommend enough|
        cannot recommend enough|can't praise|cannot recommend it enough|can't recommend it enough|
        can't recommend them enough|cannot recommend them enough|can't thank you enough|
        cannot thank you enough|can't thank them enough|can't say enough|cannot say enough|
        can't praise them enough|can't praise it enough|can't beat|second to none|above and beyond|
        extra mile|hats off|made my day|makes my day|made our day|10/10|10 / 10|ten out of ten|
        10 out of 10|5/5|five stars|5 stars|5 star|five star|never let me down|never lets me down|
        never let us down|never lets us down|never disappoints|never disappoint|
        never fails to impress|never fail to impress|never gets old|blown away|blew me away|
        keep up the good work|keep up the great work|keep it up|game changer|job well done|
        two thumbs up|2 thumbs up|customer for life|big up|over the moon|out of this world|
        like a dream|life saver|saved my day|saved the day|saved my life|class act|
        true professionals|true professional|breath of fresh air|what a star|absolute star|you rock|
        guys rock|you rocked|rocks|rocked|deserve a medal|deserves a medal|deserve a raise|
        deserves a raise|deserve an award|deserves an award|deserve a bonus|deserves a bonus|
        give them a raise|give her a raise|give him a raise|restores your faith|restored my faith|
        faith in humanity|wouldn't go anywhere else|wouldn't use anyone else|
        wouldn't use anybody else|won't go anywhere else|wouldn't be without|
        don't know what i'd do without|knocked it out|nailed it|hit the spot|spot on|
        hands down the best|by far the best|never been happier|never been better|best of the best|
        love love love|in love with|won me over|won me back""",
    ),
    (
        0.6,
        """thumbs up|can't wait|cannot wait|no complaints|can't complain|can't fault|cannot fault|
        couldn't fault|no problems|no issues|no problem at all|not bad|without any issues|
        without a problem|without any problems|without a hitch|works like a charm|
        worked like a charm|worth every penny|worth the money|worth the wait|worth it|
        bang for your buck|value for money|great value|good value|so far so good|i like|really like|
        i really like|like the new|love the|loved the|loving the|went out of his way|
        went out of her way|went out of their way|stands out|thank god for|on point|
        better than ever|better than expected|better than i expected|hard to beat|big fan|huge fan|
        fan of|lifelong fan|much better|so much better|kind words|so kind|very kind|really kind|
        are kind|kind staff|as promised|as described|as advertised|early delivery|arrived early|
        landed early|early arrival|minutes early|mins early|min early|hour early|hours early|
        day early|days early|home early|got in early|ahead of schedule|ahead of time|arrived safely|
        arrived quickly|arrived promptly|arrived on time|on time again|right on time|just in time|
        in no time|like new|good as new|must haves|can't go wrong|cannot go wrong|can't lose|
        scary good|crazy good|insanely good|ridiculously good|stupidly good|stupid good|damn good|
        place to go|go to place|my go to|you're the best|you are the best|guys are the best|
        are the best|love you guys|love u guys|love you all|must try|must buy|look forward|
        looking forward|looks forward|be back soon|definitely be back|definitely come back|
        come back again|back for more|fly with you again|use you again|use them again|
        order from again|buy again|would buy again|would highly|would recommend|would recommend to|
        would use again|would fly again|will use again|would go back|'d recommend|highly recommend|
        definitely recommend|strongly recommend|recommend to anyone|recommend to everyone|
        recommend to all|coming back for more|half the price|beats the competition|
        head and shoulders|step up from|stepped up|went above|so patient|very patient|
        really patient|incredibly patient|warm welcome|so warm|felt welcome|feel welcome|
        feel so special|feel special|felt special|feel valued|felt valued|feel at home|great deal|
        good deal|best deal|just works|simply works|works well|work well|works fine|works great|
        worked great|works perfectly|works a treat|holding up well|does the job|gets the job done|
        got the job done|did the job|does what it says|exactly what i needed|exactly what i wanted|
        everything i need|everything i want|all i need|good to go|missing out|check it out|
        try this place|quick response|quick reply|fast response|fast reply|speedy response|
        prompt response|prompt reply|quick turnaround|happy days|happy customer|happy customers|
        happy camper|satisfied customer|customer service win|that's how you do it|
        how it should be done|how it's done|way to treat|good people|best part|highlight of|
        high quality|top quality|best quality|good quality|great quality|quality product|well made|
        well built|well designed|well thought|well handled|well run|well trained|well organised|
        well organized|wise choice|right choice|good choice|glad i chose|glad i switched|
        glad we chose|so glad i|easy to use|easy peasy|credit where|faith restored|truly care|
        really care|actually care|who care|genuinely care|nothing but good|nothing but praise|
        nothing but great|nothing bad|nothing to complain|nothing but the best|no fuss|no hassle|
        no hassles|lots of love""",
    ),
    (
        0.3,
        """on time|upgrade to first|will be back|'ll be back|will come back|'ll come back|
        user friendly|upgraded to first|free upgrade|free drink|free drinks|free wifi|all set|
        is back up|not too bad|not bad for|not half bad|at last|cheered up|more please|yes please|
        count me in""",
    ),
)

# Whole thoughts against a brand.
BLAMES = _graded(
    (
        -0.25,
        """please help|pls help|plz help|help please|help pls|need help|needs help|any help|
        somebody help|someone help|help me|please fix|pls fix|fix this|fix it|fix your|please sort|
        please respond|please reply|please answer|please explain|why is|why are|why does|why do|
        why did|why can't|why won't|why isn't|why aren't|why was|why has|why have|why would|
        seriously ?|really ?|hello ?|what's going on|whats going on|what is going on|what's up with|
        what is up with|what's happening|any update|any updates|would be great|would be nice|
        would be good|would be helpful|be nice if|be great if|be good if|would appreciate|how long|
        wish you|used to be|used to love|used to like|was told|were told|been told|keep telling|
        keeps telling|keep saying|keeps saying|told me|told us|still trying|been trying|
        trying to get|trying to reach|trying to contact|trying to call|tried calling|tried to call|
        need to speak|need someone|needs to be|supposed to|instead of|third time|3rd time|rd time|
        fourth time|fifth time|second time|2nd time|th time|nd time|i'm sorry but|any reason|
        hours late|minutes late|some answers|an answer|bring back|anyone there|anybody there|
        anyone home|is anyone""",
    ),
    (
        -0.4,
        """still waiting|still no|still not|still haven't|still hasn't|still nothing|still can't|
        still don't|still didn't|still isn't|still having|still broken|still down|nothing yet|
        yet to receive|yet to hear|no response|no reply|no answer|no help|no way|no one answers|
        nobody answers|no one responds|no one cares|no one knows|no one can|no one seems|
        nobody knows|nobody cares|nobody can|nobody seems|nobody calls|nobody called|nobody came|
        no one came|no one will|nobody will|no one has|nobody has|no one told|nobody told|
        no one picks|nobody picks|no one picked|no one from|nobody from|no one at|nobody at|
        not working|stopped working|stops working|quit working|doesn't work|does not work|
        don't work|didn't work|did not work|won't work|not work|out of order|out of stock|
        out of date|out of luck|not happy|not impressed|not good|not great|not ok|not okay|not cool|
        not acceptable|not right|not fair|not fun|not nice|not amused|not thrilled|not pleased|
        not what i|not as described|not as advertised|not able|on hold|hold time|hold times|
        hold music|holding for|hung up on me|hung up|hang up|hangs up|hanging up|been down|is down|
        are down|went down|was down|goes down|keeps going down|keep going down|down again|
        keeps dropping|cuts out|cut out|log me out|logged me out|logs me out|kicked me|kicks me|
        kicked off|too long|too slow|too expensive|too small|too much hassle|too late|too loud|
        too hot|too hard|too cold|fed up|let down|lets me down|let me down|letting me down|
        let us down|letting us down|sick of|sick and tired|tired of|had enough|no longer|cut off|
        run around|runaround|passed around|pass me around|being passed|been passed|passed from|
        from one department|get rid of|could be better|could do better|must do better|better luck|
        don't bother|do not bother|what happened to|money back|want my money|cost me|costing me|
        charged me|charge me|charging me|charged us|charge us|charging us|charges me|charged twice|
        charge twice|billed twice|billed me|bill me|double charged|double billed|put my bill|
        no show|no shows|never arrived|never came|never showed|never turned up|never received|
        never responded|never replied|never answered|never answer|never answers|never works|
        never work|never worked|never heard back|never called|never got|never rang|not received|
        not delivered|didn't arrive|hasn't arrived|hasn't come|haven't received|gone missing|
        went missing|gone mad|for hours|hours on the phone|over an hour|an hour late|an hour and|
        half an hour|hour late|hours later|days later|weeks later|months later|bait and switch|
        fell apart|falls apart|falling apart|waste of|lack of|lack thereof|so much for|yeah right|
        as usual|nice try|thanks to you|left me|left us|leaving me|leaving us|leaving my|
        leaving our|left my|left our|left behind|left without|left outside|left on the|wouldn't let|
        won't let|would not let|will not let|couldn't get|could not get|can't get|cannot get|
        can't even|cannot even|can't reach|cannot reach|can't access|can't log|can't use|can't book|
        can't find|can't connect|can't check|can't pay|can't order|can't call|unable to|where is my|
        where's my|wheres my|where are my|where's our|where is our|where are our|lost luggage|
        lost bag|lost bags|lost baggage|lost my|lost our|lost his|lost her|lost their|lose my|
        lose our|losing my|losing our|misses my|missed my|miss my|missing my|missing our|missed our|
        miss our|missed the|miss the|missed connection|missed flight|missed appointments|
        missed appointment|missed delivery|missed you|make me wait|made me wait|making me wait|
        made us wait|making us wait|make us wait|making me|making us|have to wait|had to wait|
        having to wait|got to wait|wait for hours|long wait|wait time|wait times|long line|
        long lines|long queue|long queues|no sign of|no idea when|do your job|do something about|
        hidden fees|hidden fee|hidden charges|hidden costs|skip our|skip my|not included|
        go else where|last time buying|be revisiting|over rated|lying to|do your jobs|sort it out|
        sort this out|sort it|get it together|sort yourselves out|do better|be better|
        answer the phone|answer your phone|answer your phones|pick up the phone|call me back|
        called me back|calls back|return my call|return calls|respond to|reply to my|
        how is it possible|how is that possible|how is this possible|how can you|how could you|
        how come|how do you expect|how hard|how difficult|how many times|how many more|
        how much longer|how much more|what kind of|what is wrong|what's wrong|what the hell|
        what the heck|what the fuck|what the f|are you kidding|you kidding me|kidding me|
        are you serious|you serious|do you even|do you ever|do you guys ever|do you guys even|
        does anyone even|does anyone at|anyone else having|anyone else's|anybody else having|
        why do i have|why do we have|why am i|why can i|have to pay|had to pay|make me pay|
        making me pay|paid extra|pay extra|please stop|can you stop|stop sending|stop calling|
        stop charging|stop asking|stop telling|stop saying|stop lying|stop using|stop spamming|
        stop emailing|stop cancelling|stop canceling|stop treating|stop your|stop marking|
        stop delaying|stop changing|stop playing|one job|more like|anything but|leave me|leaves me|
        return it|returning it|returning them|returned it|sent it back|send it back|take it back|
        take my business|my fault|their problem|my problem|not my problem|your problem|your fault|
        sent me to|times out|timed out|keeps crashing|keeps freezing|does nothing|did nothing|
        doing nothing|do nothing|done nothing|says nothing|said nothing|solved nothing|
        nothing works|nothing happens|nothing happened|get nothing|got nothing|for nothing|day late|
        days late|second rate|third rate|low quality|poor quality|bad quality|no quality|
        below average|average at best|at best|off putting|put off|put me off|turned off|way off|
        could use some|needs work|need to improve|needs to improve|needs improvement|
        room for improvement|hit or miss|hit and miss|hard time|hard to reach|not enough staff|
        never enough|not good enough|no seats|no seat|no room|no working|no power|no choice|
        no option|no options|don't like|didn't like|do not like|did not like|doesn't like|
        don't care for|wouldn't go back|would not go back|won't go back|will not go back|
        not going back|never going back|wouldn't eat|not be back|not be going back|not be eating|
        not be returning|not be using|not be flying|not be ordering|not be shopping|won't be using|
        won't be flying|won't be ordering|won't be shopping|won't be returning|won't be going|
        won't be buying|not coming back|isn't coming back|last time i|last time we|not recommend|
        wouldn't recommend|would not recommend|can't recommend|cannot recommend|don't recommend|
        do not recommend|don't buy|do not buy|do not use|don't use|do not order|don't order|
        do not fly|don't fly|do not go|don't go|look elsewhere|go elsewhere|going elsewhere|
        take my money|better elsewhere|elsewhere|better off|expected better|expect better|
        expected more|expect more|deserve better|deserves better|better than this|better than that|
        better than me|better than us|could have been better|used to be better|i've had better|
        had better service|need better|needs better|in the rain|at my expense|out of pocket|
        out of control|wrong house|wrong address|wrong item|wrong order|wrong size|wrong person|
        wrong bill|wrong gate|wrong way|went wrong|goes wrong|gone wrong|something wrong|
        switched from|switched to another|switching to|switching from|moved to another|
        moving to another|jumping ship|time to switch|time to leave|looking to switch|
        thinking of leaving|thinking of switching|closing my account|close my account|
        delete my account|end my contract|not worth|isn't worth|like rubber|like cardboard|
        like crap|like garbage|like rubbish|like dirt|like cattle|like trash|like sardines|
        like criminals|like a criminal|like a scam|like animals|down the drain|worse than|
        no wonder""",
    ),
    (
        -0.7,
        """zero stars|1 star|one star|0 stars|no stars|two stars|2 stars|1/5|2/10|3/10|thumbs down|
        2 thumbs down|two thumbs down|thanks for nothing|thank you for nothing|
        thanks a lot for nothing|never again|never ever again|never using|never use|never flying|
        never fly|never ordering|never order|never buying|never buy|never shopping|never shop|
        never booking|never book|never coming back|never come back|never go back|never return|
        never returning|never eat|never staying|never stay|not again|won't be back|
        won't be coming back|will not be back|taking my business|take my business elsewhere|rip off|
        ripped off|ripping off|ripping me off|ripping people off|can't stand|cannot stand|
        what a joke|bad joke|sick joke|get a grip|sort yourself|sort your shit|how dare|shame on|
        no excuse|no excuses|poor excuse|sorry excuse|excuse for|waste of money|waste of time|
        waste your money|waste your time|waste my time|wasting my time|wasted my time|
        wasted my money|stay away|steer clear|avoid at all costs|like the plague|couldn't care less|
        could care less|don't care|do not care|doesn't care|does not care|don't give a|0/10|1/10|
        last straw|leaving you|cancelling my|canceling my|cancel my|slow clap|just great|oh great|
        oh good|oh joy|oh lovely|oh nice|oh wonderful|oh fantastic|oh perfect|oh goody|oh yay|
        gee thanks|food poisoning|daylight robbery|customer no more|lost a customer|
        lost my business|lost my custom|losing a customer|losing customers|lose customers|
        customer disservice|disservice|just what i needed|just what we needed|get your act together|
        get your shit together|nothing but problems|nothing but trouble|nothing but excuses|
        nothing but issues|false advertising|piece of shit|piece of crap|piece of junk|
        pieces of junk|in tears|fell on deaf ears|total lack|an insult|kiss my|screw you|fuck you|
        f you|go to hell|burn in hell|go out of business|going out of business|need to be fired|
        should be fired|fire whoever|fire your|at your mercy|held hostage|held to ransom|
        taking the piss|taking the mickey|take the piss|has gone downhill|gone downhill|
        going downhill|went downhill|gone to the dogs|low point|all time low|new low|hit a new low|
        bottom of the barrel|left a bad taste|bad taste|thorn in my side|avoid this|
        do yourself a favor and don't|do yourself a favour and don't|yourself a favor and avoid|
        i'd rather walk|rather walk|rather drive|rather eat|worst customer|worst service|
        worst experience|worst ever|get your money|want a refund|want my refund|demand a refund|
        need a refund|need my refund|need my money|give me my money|give me back|owe me|owes me""",
    ),
)

# Something was put right.
REMEDIAL = _rows(
    """got it back|got them back|got my money back|got it sorted|sorted it|sorted out|all sorted|
    all good now|works now|working now|working again|is fixed|been fixed|made it right|
    made things right|put it right|put things right|turned it around|saved me|saved us|saved my|
    saves me|found it|found my|found our|back online|back up and|better now|up and running|
    taken care of|rebooked me|rebooked us|got me home|got us home|getting me home|getting us home|
    made my connection|made our connection|held the plane|waited for us|waited for me|fixes all|
    fixes the|took care of|looked after|chasing it up|sorting it|sorting that|sorting this|
    got my refund|refund arrived|got a refund|helping me|helping us|helped me|helped us"""
)

# What thanks are for where they are meant.
SERVED = _rows(
    """for your help|for the help|for all your help|for all the help|for helping|for your support|
    for the support|for your assistance|for the assistance|for your service|for the service|
    for your time|for your kindness|for your understanding|for the quick|for your quick|
    for the fast|for the prompt|for your prompt|for the speedy|for the response|for your response|
    for the reply|for your reply|for the info|for the information|for the update|for the heads up|
    for the tip|for the advice|for the clarification|for the follow|for the upgrade|for the refund|
    for the credit|for the ride|for the lift|for responding|for replying|for answering|
    for listening|for caring|for understanding|for getting back|for following up|for reaching out|
    for looking after|for looking into|for taking care|for sorting|for fixing|for resolving|
    for solving|for replacing|for refunding|for rebooking|for holding the|for waiting for|
    for finding|for returning|for getting me|for getting us|for getting my|for making it right|
    for making my|for making our|for making sure|for letting me know"""
)

# Words that mean nothing in such company.
MEANINGLESS = _rows(
    """appreciate it if|appreciate if|helps avoid|appreciate your point|chance to win|enter to win|
    could win|good morning|good afternoon|good evening|good day|good night|goodnight|happy birthday|
    happy halloween|happy christmas|happy new year|happy friday|happy monday|happy tuesday|
    happy wednesday|happy thursday|happy saturday|happy sunday|happy mothers|happy holidays|
    happy easter|happy thanksgiving|happy anniversary|happy valentines|happy to|happy hour|
    good friday|black friday|merry christmas|best regards|kind regards|all the best|best of luck|
    good luck|with the help|with your help|warm regards|best wishes|best way|best time|best place|
    best option|best before|best practice|best bet|best number|best email|best person|best contact|
    great britain|love island|love from|with love|free love|quick question|quick q|simple question|
    good reason|good news|bad news|good to know|good idea|great idea|for good|good enough|
    as well as|as well|well known|not only|not just|no doubt|without a doubt|without doubt|
    no matter|but also|can't believe|cannot believe|could not believe|couldn't believe|
    don't get me wrong|don't worry|no worries|don't forget|do not forget|not sure|not to mention|
    never been so|never been more|never had such|never had a worse|never seen such|
    never experienced such|never felt so|never known such|never seen a worse|never imagined|
    never knew|nothing more|nothing less|at least|if not|why not|better than nothing|hot sauce|
    once more|more than|cold water|cold brew|cold drink|cold weather|cold snap|ice cold|sick day|
    sick leave|dead or alive|help desk|help page|help centre|help center|help line|error code|
    lost and found|most of|log in|charge of|wait for it|in charge|charged up|fully charged|
    charge it|thanks in advance|thank you in advance|so that|such as|so i|so we|so you|so they|
    so it|so far|so is|so what|every day|every time|cancel culture|open hours|late night|late show|
    late evening|late summer|late last night|as soon as possible|as late as|like to|like a|like an|
    poor man's|sorry to|fail to see|fair enough|fair few|fair play|fair share|excuse me|hard work|
    work hard|hard working|working hard|hard drive|dry clean|mad props|trust me|special offer|
    fine print|pretty much|pretty sure|cool down|fresh air|fresh start|clean up|clear up|value your|
    value our|hell of a|less than|no less|no need|need any|need anything|if needed|safe travels|
    safe journey|fly safe|stay safe|be safe|safe to|credit card|worth of|net worth|worth noting|
    free shipping|dead on|die for|miss you|miss u|you're welcome|guilty pleasure|nice to meet|
    nice to see|great to see|great to hear|good to hear|good to see|glad to hear|wonder if|
    better or worse|better yet|know better|no better|any better|'d better|anything better|
    something better|somewhere better|better late than never|late fee|late fees|fraud team|
    fraud department|fraud alert|in fraud|drop off|bag drop|dropped off|strike action|delay repay|
    lost property|wait list|waiting list|waiting room|refund policy|return policy|
    cancellation policy|rip my|trouble you|problem solved|trouble shooting|customer care|
    love or hate|hate to|hate it when|bad weather|bad boy|bad girl|bad ass|badass|not that bad|
    super bowl|super market|top up|end of the day|please thank|please tell|please pass|please keep|
    pls thank|please give|please say|please note|please add|thank goodness|thank god|under pressure|
    no pressure|no thanks|no thank you|thanks but no|if you need|if you want|if you like|
    if you love|if you're looking|nothing wrong|no wrong|not wrong|no joke|no kidding|no lie|
    not kidding|not lying|not gonna lie|not going to lie|damn near|hell yeah|hell yes|fuck yeah|
    fuck yes|friday night|big deal|save the date|open days|dying to"""
)
# Praise of a habit or of work; blame as soon as what is told beside it is a failure.
WRY = _rows(
    """love how|love it when|love when|love that|love being|love waiting|love sitting|love paying|
    love getting|love having|love spending|enjoy waiting|gotta love|got to love|you have to love|
    have to love|nothing like|always a pleasure|always fun|so much fun|great help|big help|
    huge help|so helpful|very helpful|real helpful|good job|great job|nice job|awesome job|
    amazing job|excellent job|fantastic job|brilliant job|super job|top job|good work|great work|
    nice work|great service|awesome service|amazing service|nice service|stellar service|
    great customer service|good customer service|awesome customer service|amazing customer service|
    excellent service|fantastic service|excellent customer service|well done|well played|way to go|
    nice one|nice touch|good one|great one|good going|nice going|great start|good start|
    great timing|perfect timing|brilliant timing|good timing|great way|nice way|good way|
    great system|great company|first class|world class|thanks a bunch|thanks a lot|thanks heaps|
    shout out to|shoutout to|shout out|shoutout|hats off to|what a treat|so nice of|nice of|good of|
    kind of you|really appreciate|much appreciated|keep up the good|made the|makes the"""
)
COURTEOUS = _rows(
    """thank you|thank u|thank you so much|thank you very much|thank you all|thanks so much|
    thanks very much|many thanks|big thanks|huge thanks|massive thanks|special thanks|
    thanks a million|thanks a ton|thanks again|thank you again|big thank you|huge thank you"""
)
# Not what it seems: "could not have been more helpful" is no negation.
INTENSE = _rows(
    """couldn't be more|could not be more|couldn't have been more|could not have been more|
    can't be more|wouldn't be more|couldn't be any more|no end of|as hell|as fuck"""
)
# What is wished for is not there.
UNREAL = _rows("love to|'d love|would love|'d love to|would love to|would like|'d like")
# They negate what follows, as "no" does: "don't have water".
LACKING = _rows(
    """not a single|not one|not any|not a|don't have|doesn't have|didn't have|do not have|
    does not have|did not have|don't get|didn't get|doesn't get|don't offer|don't provide|never any|
    no proper|without any|isn't any|wasn't any|aren't any|weren't any|can't get any|
    couldn't get any"""
)
