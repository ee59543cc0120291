"""Risks that people tell of, plainly, in passing, or to deny them."""

from __future__ import annotations

from typing import Final

ADMITTED: Final = """
harm_to_others high | I hit my son last night.
harm_to_others high | I shook the baby.
harm_to_others high | I strangled her.
harm_to_others high | I lost my temper and punched my son.
harm_to_others high | i just lost it and then i hit her
harm_to_others high | I've slapped my daughter once.
harm_to_others high | I pushed her down the stairs.
harm_to_others high | I hear voices telling me to kill my mother.
harm_to_others high | The voices keep saying I should stab him.
harm_to_others low denied | I have never hit my son.
harm_to_others low denied | I didn't hit her.
suicide high | The voices tell me to jump.
abuse high | He threatened to kill me.
abuse high | She tried to strangle me.
abuse high | He said he would kill me.
abuse high | My ex-husband beat me up.
abuse high | My ex husband beat me up.
abuse high | My step-father used to hit me.
abuse high | My mother-in-law slapped me.
abuse high | I was kicked by my brother.
abuse high | He grabbed me by the throat.
abuse high | He pushed me to the floor.
suicide medium | I wish I wouldn't wake up.
suicide medium | I hope I don't wake up tomorrow.
suicide medium | I just want to fall asleep and never wake up.
suicide medium | I've been thinking about ending things.
suicide medium | I want to end it.
overdose high | I've been saving up my tablets.
overdose high | She has been stockpiling her medication.
overdose high | I took too much insulin.
overdose medium | I took a lot of pills.
overdose high | I drank bleach.
overdose high | He swallowed some weed killer.
"""

IN_OTHER_WORDS: Final = """
# Suicide
suicide high | I stood on the bridge and I wanted to jump off the bridge.
suicide medium | I'd rather be dead than live like this.
suicide high | c: Have you thought about how you would kill yourself? / p: With my pills.
suicide low denied | c: And any suicidal thoughts at the moment? / p: No, none.
suicide high | c: So no suicidal thoughts? / p: Well, some.
suicide low denied | She denies suicidal ideation.
suicide high | p: i don't know what to do i just / p: want to kill myself
suicide high | the only thing i think about is suicide
suicide high | i keep thinking about hanging myself
suicide high | p: She told me he shot himself in the barn.
suicide medium | I go to bed every night praying I won't wake up.
suicide medium | Sometimes I wish I could just disappear and die.
suicide medium | My family would be better off without me.
suicide medium | I'm just so tired of living.
suicide medium | I have nothing to live for.
suicide medium | I feel like dying.
suicide high | I wrote a suicide note last week.
suicide high | I put a gun to my head.
suicide high | I've thought about walking in front of a train.
suicide high | p: I was going to take / p: my own life
suicide medium | I don't want to be here anymore.
suicide medium | there's no point in going on
suicide medium | I just want it to be over.
suicide medium | I want to go to sleep and not wake up.
suicide high | c: Have you been thinking about how you might end your life? / p: I have, yes.
suicide low denied | c: Have you made any plans to end your life? / p: No, no plans.
suicide low denied | c: Have you ever attempted suicide? / p: Never.
suicide high | c: Have you ever attempted suicide? / p: Twice.
suicide high | c: Are you suicidal? You can be honest with me. / p: A bit, yeah.
suicide high | c: are you suicidal / c: i have to ask that / p: yeah
suicide low denied | c: Are you feeling suicidal at the moment? / p: No, not at all.
suicide medium | c: Do you ever feel life is not worth living? / p: Every morning.
suicide low denied | c: Do you ever feel that life is not worth living? / p: No.
suicide high | c: Have you ever thought of taking your life, even if you would not really do it? / p: Once.
suicide low denied | p: I would never take my own life.
suicide high | c: So when did you last think about suicide? / p: Yesterday.
suicide low | c: Have you ever felt suicidal?
suicide high | what scares me is that i might kill myself
suicide low | These tablets may increase the risk of suicidal thoughts in young people.
suicide low | If you ever feel suicidal, come straight back.
suicide low | We offer suicide prevention training for staff.
suicide medium | I don't think I want to be alive.
suicide medium | Every night I hope I'll just not wake up.
suicide high | I've been looking up ways to kill myself.
suicide high | My dad hanged himself when I was six.
suicide low denied | c: Any thoughts of ending your life? / p: No, nothing like that.
suicide high | c: Any thoughts of ending your life? I know it's hard to talk about. / p: All the time.
suicide high | c: have you ever tried to end your life / p: um / p: two years ago i did
suicide high | p: do you want to know why i tried to kill myself
suicide low denied | I'm not thinking about suicide.
suicide high | I told my wife that I want to kill myself.
suicide medium | Everyone'd be happier if I was dead.
suicide low | Some antidepressants can lead to suicidal thoughts at first.
suicide low | Here is a card with the suicide helpline.
# Self harm
self_harm high | I cut my thighs last night.
self_harm high | I've been burning myself with cigarettes.
self_harm high | She cuts herself when she is upset.
self_harm low denied | c: Do you ever hurt yourself on purpose? / p: No.
self_harm medium | c: Do you ever hurt yourself on purpose? / p: When I'm stressed, yes.
self_harm high | I scratch my arms until they bleed.
self_harm low denied | I've never harmed myself.
self_harm high | I sat in the bath and cut my arms.
self_harm medium | I bang my head against the wall to hurt myself.
self_harm high | i have started cutting again
# Harm to others
harm_to_others high | I pushed my wife and she fell.
harm_to_others high | I beat my dad up when I was drunk.
harm_to_others high | i've been hitting my kids
harm_to_others high | The voice told me to stab my brother.
harm_to_others high | I shook my baby because he would not stop crying.
harm_to_others high | I hit him for nothing.
harm_to_others high | I slapped my wife on Sunday.
harm_to_others high | I threw my daughter against the wall.
harm_to_others high | i grabbed him by the neck and choked him
harm_to_others high | I got so angry I punched my brother.
harm_to_others high | I've hit my kids and I'm ashamed.
harm_to_others high | I have thoughts of smothering the baby.
harm_to_others high | There's a voice that says I should hurt my sister.
harm_to_others high | I'm going to kill my neighbour.
harm_to_others low denied | c: Do you have thoughts of harming anyone else? / p: No.
harm_to_others high | c: Do you have thoughts of harming anyone else? / p: My stepdad.
harm_to_others low denied | I've never hurt anyone.
harm_to_others high | c: Have you ever hit your children? / p: Once or twice.
harm_to_others high | I nearly strangled my girlfriend.
harm_to_others high | She said he was going to kill her.
harm_to_others high | I smacked my little boy so hard he fell.
harm_to_others high | I was so drunk that I hit my wife.
harm_to_others high | I lose it and I throttle him.
harm_to_others low denied | I have not hurt my children.
harm_to_others high + harm_to_others high | c: Have you hurt the baby? / p: I shook him.
harm_to_others high | I'm scared I might hurt the baby.
# Abuse
abuse high | My wife throws things and hits me.
abuse high | He's been hitting me for years.
abuse high | My boyfriend kicked me in the stomach.
abuse high | He said that he'd kill me if I left.
abuse high | c: Have you ever been hit by your partner? / p: Yes, twice.
abuse medium | c: And do you feel safe there? / p: Not really.
abuse low denied | c: Does anyone at home hit you? / p: No.
abuse high | c: how did you get that bruise does he hit you / p: yes
abuse high | He hit me for nothing.
abuse high | He pushed me hard against the wall.
abuse high | He pushed me down the stairs.
abuse high | He shoved me into the wall.
abuse high | My husband's been beating me.
abuse high | My boyfriend punches me when he's drunk.
abuse high | He choked me until I passed out.
abuse high | My mum hits us with a belt.
abuse high | My dad beats my mum.
abuse high | he held a knife to my throat
abuse medium | I'm frightened of my husband.
abuse medium | I don't feel safe with him.
abuse high | I was sexually abused as a child.
abuse high | My carer slaps me when I'm slow.
abuse low denied | c: Has anyone ever hit you? / p: No.
abuse high | c: Has anyone at home ever hurt you? / p: My uncle.
abuse medium | c: Are you safe at home? / p: Not always.
abuse low denied | c: Are you safe at home? / p: Yes.
abuse medium | c: Do you feel safe going home? / p: No.
abuse low denied | c: Are you afraid of your husband? / p: No.
abuse medium | c: Are you afraid of your husband? / p: Sometimes.
abuse low denied | My parents never hit me.
abuse low denied | He didn't threaten me.
abuse high | He doesn't hit me when he is sober.
abuse high | We fight a lot but he has hit me only once.
abuse high | My partner strangled me on Friday.
abuse high | My father used to beat us with his belt.
abuse high | She bites me and scratches me.
abuse high | c: Has he hurt you? It's just us here. / p: He has.
abuse low denied | c: Has he ever hit or kicked you? / p: No.
abuse high + harm_to_others high | Her ex-boyfriend threatened to kill her kids.
abuse medium | I'm terrified of my father.
abuse low denied | She has never hit her children.
abuse high | I was beaten by my stepdad.
abuse high | He locked me in and hit me.
# Neglect
neglect medium | Nobody feeds her when I'm at work.
neglect medium | The kids were left alone for days.
neglect medium | He isn't being washed at the home.
# Overdose
overdose high | I took fifteen tablets of paracetamol on Friday.
overdose high | I've taken way too much paracetamol.
overdose low denied | c: Have you ever taken an overdose? / p: No, never.
overdose high | He swallowed a bottle of bleach.
overdose high | I swallowed all my sleeping pills.
overdose high | I've taken forty paracetamol.
overdose high | I took my whole packet of antidepressants.
overdose high | I injected too much insulin on purpose.
overdose high | He drank antifreeze.
overdose low denied | I haven't taken an overdose.
overdose high | c: Have you taken an overdose? Don't worry. / p: This morning.
overdose high | She hid her pills and has been saving them up.
overdose high | I've been hoarding my mum's morphine.
overdose medium | I took more tablets than I should have.
overdose high | I tried to overdose on ibuprofen.
overdose high | I drank half a bottle of bleach.
overdose low denied | I never took an overdose.
overdose high | p: last night i took too many / p: sleeping pills
overdose low | An overdose can be fatal.
"""

DENIED: Final = """
abuse low denied | He has never hit me.
abuse low denied | He doesn't hit me.
abuse low denied | My husband has never hit my children.
abuse low denied | No, he's never... He never hit me.
abuse low denied | Nobody has ever hit me.
abuse high | He doesn't hit me in public.
abuse high | He has not hit me this week.
abuse high | He no longer hits me.
abuse high | He doesn't hit me any more.
abuse high | I'm not saying he never hit me.
overdose low denied | I didn't take twenty pills.
overdose low denied | I have not taken too many tablets.
overdose low denied | c: Did you take twenty pills? / p: No.
overdose high | c: Did you take twenty pills? / p: Yes.
"""

IN_TWO_LINES: Final = """
suicide high | p: I just want to kill / p: myself
suicide high | p: some days I want to end / p: my life and be done
suicide high | I just want to kill / myself
suicide high | p: I want to kill. / p: myself.
suicide low denied | p: I never wanted to kill / p: myself
suicide low denied | c: do you ever want to kill / c: yourself / p: no
suicide high | c: do you ever want to kill / c: yourself / p: yes
abuse high | p: my husband sometimes hits / p: me
nothing | p: I want to kill / c: yourself some time
nothing | c: Are you better off / p: Dead tired.
"""
