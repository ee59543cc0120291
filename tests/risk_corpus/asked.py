"""Risks that are asked about: questions of instruments as they print them, and what is answered."""

from __future__ import annotations

from typing import Final

SCREENED: Final = """
# Columbia-Suicide Severity Rating Scale, screener
suicide medium | c: Have you wished you were dead or wished you could go to sleep and not wake up? / p: Yes.
suicide low denied | c: Have you wished you were dead or wished you could go to sleep and not wake up? / p: No.
suicide high | c: Have you actually had any thoughts of killing yourself? / p: Yes.
suicide high | c: Have you actually had any thoughts about killing yourself? / p: Yes.
suicide high | c: Have you started to work out or worked out the details of how to kill yourself? / p: Yes.
suicide high | c: Have you ever done anything, started to do anything, or prepared to do anything to end your life? \
/ p: Yes.
# Ask Suicide-Screening Questions
suicide medium | c: In the past few weeks, have you wished you were dead? / p: Yes.
suicide low denied | c: In the past few weeks, have you wished you were dead? / p: No.
suicide medium | c: In the past few weeks, have you felt that you or your family would be better off if you were \
dead? / p: Yes.
suicide low denied | c: In the past few weeks, have you felt that you or your family would be better off if you were \
dead? / p: No.
suicide high | c: In the past week, have you been having thoughts about killing yourself? / p: Yes.
suicide high | c: Have you ever tried to kill yourself? / p: Yes.
suicide low denied | c: Have you ever tried to kill yourself? / p: No.
suicide high | c: Are you having thoughts of killing yourself right now? / p: Yes.
# Patient Health Questionnaire, item 9
suicide medium + self_harm medium | c: Over the last 2 weeks, how often have you been bothered by thoughts that you \
would be better off dead, or of hurting yourself in some way? / p: Several days.
suicide low denied + self_harm low denied | c: How often have you been bothered by thoughts that you would be better \
off dead or of hurting yourself? / p: Not at all.
# Edinburgh Postnatal Depression Scale, item 10
self_harm medium | c: The thought of harming myself has occurred to me. / p: Sometimes.
self_harm low denied | c: Has the thought of harming yourself occurred to you? / p: Never.
# HITS
abuse high | c: How often does your partner physically hurt you? / p: Sometimes.
abuse low denied | c: How often does your partner physically hurt you? / p: Never.
abuse high | c: Does your partner ever hurt you? / p: Yes.
abuse low denied | c: Does your partner ever hurt you? / p: No.
abuse high | c: How often does your partner threaten you with harm? / p: Often.
abuse high | c: Has your husband ever hit you? / p: Yes.
abuse low | c: Has your husband ever hit you?
# Partner Violence Screen
abuse high | c: Have you been hit, kicked, punched, or otherwise hurt by someone within the past year? / p: Yes.
abuse medium | c: Do you feel safe in your current relationship? / p: No.
abuse low denied | c: Do you feel safe in your current relationship? / p: Yes.
abuse medium | c: Is there a partner from a previous relationship who is making you feel unsafe now? / p: Yes.
abuse medium | c: Do you feel safe at home? / p: No, not really.
abuse medium | c: Do you feel safe at home? / p: Mostly.
abuse low denied | c: Do you feel safe at home? / p: Yes, I do.
abuse low | c: Do you feel safe at home?
# Abuse Assessment Screen
abuse high | c: Within the last year, have you been hit, slapped, kicked, or otherwise physically hurt by someone? \
/ p: Yes.
abuse high | c: Within the last year, has anyone forced you to have sexual activities? / p: Yes.
abuse medium | c: Are you afraid of your partner or anyone you listed above? / p: Yes.
# HARK
abuse medium | c: Have you been humiliated or emotionally abused in other ways by your partner? / p: Yes.
abuse high | c: Have you been raped or forced to have any kind of sexual activity by your partner? / p: Yes.
abuse high | c: Have you been kicked, hit, slapped or otherwise physically hurt by your partner or ex-partner? / p: Yes.
abuse low denied | c: Have you been kicked, hit, slapped or otherwise physically hurt by your partner or ex-partner? \
/ p: No.
"""

ANSWERED: Final = """
suicide high | c: Have you ever thought about suicide? It is okay to tell me. / p: Yes, most nights.
suicide high | c: Have you ever thought about suicide? / c: It is okay to tell me. / p: Yes, most nights.
suicide high | c: Okay, sorry. Do you ever think about suicide? / c: Any plans? / p: Yes. I have a plan.
suicide high | c: so have you thought of killing yourself i ask everyone this / p: yes i have
suicide high | c: Do you ever think about suicide? / Any plans? / Yes. I have a plan.
suicide high | c: Do you think about suicide? Yes, most nights.
suicide high | c: Do you think about suicide? / p: Mm-hmm.
suicide high | c: Do you think about suicide? / p: Um. / p: I have done.
suicide high | c: Do you have thoughts of suicide? / p: No. / p: But sometimes I do.
suicide low denied | c: Do you have thoughts of suicide? I ask everyone this. / p: No.
suicide low denied | c: Do you have thoughts of suicide? / c: It is okay to tell me. / p: No, never.
suicide low denied | c: Do you have thoughts of suicide? / p: Um. / p: No.
suicide low denied + self_harm low denied | c: Any thoughts of suicide? Or of hurting yourself? / p: No.
suicide low | c: Do you ever think about suicide?
suicide low | c: Do you ever think about suicide? It is okay to tell me.
suicide low | c: do you ever think about suicide
suicide low denied | c: any thoughts of killing yourself / p: no
suicide high | c: any thoughts of killing yourself / p: sometimes
suicide high | c: Are you thinking of suicide? Do you sleep? / p: No.
suicide high | p: Have I thought about suicide? Yes, every day.
suicide medium | p: Did I want to die? Absolutely.
suicide high | p: Do I want to kill myself, yes.
suicide high | c: Why did you try to kill yourself?
suicide high | c: When did you think of killing yourself? / p: No idea.
"""

IN_DOUBT: Final = """
suicide low denied | I am not suicidal at all.
suicide high | c: Do you have any plans to kill yourself? / p: Not right now.
suicide high | c: Did the suicidal thoughts go? / p: No.
suicide high | c: Are you over the suicidal thoughts? / p: No.
suicide high | c: Do you think about suicide? You can talk about it if you want. / p: No.
suicide high | c: Would you tell me if you were suicidal? / p: No.
suicide high | c: Do you think about suicide? / c: Are you all right? / p: No.
suicide high + suicide low denied | c: Do you think about suicide? / p: No. / c: Okay. \
/ p: Well, I think about suicide every night.
suicide high | c: Have you been having thoughts about suicide? / p: No, not today.
abuse high | c: Does he hit you? / p: Not when he is sober.
abuse high | c: Does he hit you? / c: Sorry to ask. / p: He has done, yes.
abuse medium | c: Do you feel safe at home? / p: Yes, but only when he is out.
abuse medium | c: Do you feel safe at home? / p: Yes. / p: Except when he drinks.
abuse medium | c: Do you feel safe at home? / p: Yes. But not at night.
abuse high | c: Has he stopped hurting you? / p: No.
abuse high | c: Does your mother know that your father hits you? / p: No.
abuse high | He never stopped hitting me.
abuse high | My husband didn't only hit me.
abuse high | I don't know why he hits me.
abuse high | Not a day goes by that he doesn't hit me.
abuse high | I won't say he hit me.
harm_to_others high | I can't believe I hit my son.
harm_to_others high | I never meant it but I hit her.
harm_to_others high | I have never hit her before last night.
overdose high | I didn't take twenty pills, I took thirty pills.
overdose high | I didn't just take twenty pills.
suicide high | i have never told anyone that i want / to kill myself
suicide high | do you ever think about suicide yes most nights
suicide high | c: have you thought about suicide / c: lots of people do / c: when they are low / p: yes
suicide high + suicide high | c: Do you think about suicide? / p: What do you mean? / c: Killing yourself. / p: Oh. Yes.
suicide high | He asked me do I think about suicide and I do.
suicide high | Have you ever been so low that you want to end your life? I am.
suicide low denied | c: Have you ever thought about suicide? / p: No, I haven't. / p: My knee hurts.
self_harm high | c: Have you stopped cutting? / p: No.
abuse low denied | c: Does he hit you? / p: No, he doesn't.
abuse high | He stopped hitting me last year.
"""

NO_QUESTIONS: Final = """
suicide high | what i want is to kill myself
suicide high | which is why i want to kill myself
overdose high | so when i took the overdose i was alone
suicide high | how i tried to hang myself nobody knows
suicide high | do you know i want to kill myself
suicide high | can you help me i want to kill myself
abuse high | when my husband hits me i hide
suicide high | any day now i will kill myself
"""
