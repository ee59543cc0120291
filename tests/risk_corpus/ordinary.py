"""Ordinary talk in the words of risks, and information for everybody."""

from __future__ import annotations

from typing import Final

ORDINARY: Final = """
nothing | My physio pushed me hard in the session.
nothing | She beat me at scrabble last night.
nothing | I hit my elbow.
nothing | I was bitten by a tick.
nothing | My team was beaten at home in the league.
nothing | It's the pain that hurts me.
nothing | I choked on a piece of meat.
nothing | I shook my head.
nothing | I kicked my son out of the house.
nothing | I attacked the problem with my wife.
nothing | I took more ibuprofen for my back.
nothing | I take twelve tablets every morning.
nothing | I'm afraid of her dog.
nothing | I want to end it with my boyfriend.
nothing | He pushed me in the wheelchair.
suicide low | The suicide awareness training is on Monday.
nothing | My son's friends hit it off with me.
nothing | I hit my son's car.
nothing | He kicked me out.
nothing | He pushed me to go to the gym.
nothing | My brother always beats me at tennis.
nothing | My sister threatened to cancel the trip.
nothing | The dog bit me.
nothing | I hit the wall with my car.
nothing | The news hit me hard.
nothing | I'm scared of the operation.
nothing | We lost, they beat us in the final.
nothing | It was so funny I nearly died.
nothing | I was attacked by a dog.
nothing | My husband pushed my wheelchair.
nothing | My mum pushed me to apply for the job.
nothing | It hurts me when I walk.
nothing | I burned my hand on the kettle.
nothing | The baby kicks me all night long.
nothing | She wants to end the call.
nothing | I want to end the treatment.
nothing | I could murder a curry.
nothing | I bit my tongue.
nothing | He kicked the ball at me.
nothing | I saved up my holidays.
nothing | I hope I don't wake up late.
nothing | I did not wake up until noon.
nothing | Shake the bottle before you take two tablets.
nothing | You may take up to eight tablets in a day.
nothing | I hurt my back lifting my son.
nothing | I hit my knee and my daughter drove me here.
nothing | I picked him up and threw him in the air.
nothing | I took him to the dentist and he beat me to the door.
nothing | My son was kicked by a horse.
nothing | I hit the ball and my son caught it.
nothing | I shook his hand.
nothing | My boss pushed me to take leave.
nothing | He beats us at cards every Sunday.
nothing | She's scared of her exam.
nothing | I'm going to kill two birds with one stone.
nothing | I took my tablets and then I hit the road.
nothing | I don't want to live with my parents.
nothing | Are you safe to drive?
nothing | I was hurt by what she said.
nothing | I was hurt by my fall.
nothing | I want to end it there for today.
nothing | My leg is killing me and my son knows it.
nothing | I ate the bread and then I hit the gym.
nothing | The nurse pushed me to the ward.
nothing | I pushed my son on the swing.
nothing | I pushed him to do his homework.
nothing | I bit into my sandwich and my daughter laughed.
nothing | We threw her a party.
nothing | I hit my brother at darts with a lucky shot.
nothing | He hurt himself at work.
nothing | He hit me with the bill.
nothing | He pushed me to see a doctor.
nothing | My husband beats me at chess.
nothing | I was beaten in the match.
nothing | We got beaten 3-0.
nothing | My son kicked me in my sleep.
nothing | My baby kicked me all night.
nothing | I'm scared of her surgery.
nothing | I'm better off without him.
nothing | I hit my head on the shelf.
nothing | I shook her hand.
nothing | I beat him at cards.
nothing | I did not wake up last night.
nothing | I go to bed and don't wake up until nine.
nothing | I was hit by a car.
nothing | I ended things with my boyfriend.
nothing | I take a lot of pills.
nothing | I feel safe at home.
nothing | I collected my tablets from the pharmacy.
nothing | I'm tired of living in the city.
nothing | I hit him up for some money.
suicide low | This medicine can cause suicidal thoughts.
suicide low | The suicide prevention leaflet is here.
suicide high | I called the suicide hotline last night.
overdose low | Taking too many of these tablets may harm your liver.
overdose low | An overdose of paracetamol can damage the liver.
suicide high | This medicine can cause suicidal thoughts and I have them.
"""
