"""Words for built-in slot types for which no library has a list, as people say them: lower case, no digits.

Each list is a comma-separated string. Names of people, places, days, currencies and jobs come from libraries; see the
other modules of this package.
"""

__all__ = ["WORDS"]

_TEXTS = {
    "color": """
        red, green, blue, yellow, orange, purple, pink, brown, black, white, gray, grey, turquoise, teal, cyan,
        magenta, violet, indigo, maroon, navy, navy blue, light blue, dark green, lime, olive, beige, ivory, gold,
        silver, bronze, coral, salmon, crimson, lavender, mint, peach, sky blue, hot pink, warm white, charcoal
    """,
    "food": """
        apples, bananas, oranges, pizza, pasta, spaghetti, lasagna, rice, bread, butter, milk, eggs, cheese, cream
        cheese, yogurt, chicken, chicken soup, roast beef, steak, salmon, tuna, shrimp, tofu, hummus, salad, caesar
        salad, tomatoes, potatoes, sweet potatoes, onions, garlic, carrots, broccoli, spinach, mushrooms, corn,
        beans, black beans, lentils, burgers, hot dogs, tacos, burritos, sushi, ramen, curry, dumplings, noodles,
        pancakes, waffles, french toast, oatmeal, cereal, chocolate, chocolate chip cookies, ice cream, apple pie,
        cheesecake, donuts, muffins, popcorn, peanut butter, honey, jam, olive oil, avocado, strawberries,
        blueberries, grapes, watermelon, lemons, coffee, green tea, orange juice, bacon, ham, sausages, omelette,
        grilled cheese
    """,
    "room": """
        kitchen, living room, bedroom, master bedroom, guest room, bathroom, hallway, dining room, office, study,
        garage, basement, attic, nursery, kids room, laundry room, pantry, closet, porch, patio, garden, balcony,
        den, playroom, conservatory, upstairs, downstairs, front yard, back yard, lounge
    """,
    "genre": """
        rock, pop, jazz, classical, hip hop, rap, country, blues, soul, funk, reggae, techno, house, folk, metal,
        heavy metal, punk, indie, indie rock, electronic, ambient, disco, gospel, latin, opera, swing, comedy,
        drama, horror, thriller, science fiction, romance, fantasy, mystery, documentary, western, action, adventure
    """,
    "animal": """
        dog, cat, horse, cow, pig, sheep, goat, chicken, duck, rabbit, mouse, lion, tiger, bear, polar bear, wolf,
        fox, deer, elephant, giraffe, zebra, monkey, gorilla, penguin, owl, eagle, parrot, dolphin, whale, shark,
        octopus, turtle, snake, crocodile, frog, butterfly, bee, spider, kangaroo, koala, panda, camel, hedgehog
    """,
    "sport": """
        football, soccer, basketball, baseball, tennis, golf, hockey, ice hockey, rugby, cricket, volleyball,
        swimming, cycling, running, boxing, skiing, snowboarding, surfing, badminton, table tennis, yoga, rowing
    """,
    "drink": """
        coffee, black coffee, espresso, cappuccino, latte, iced coffee, tea, green tea, iced tea, chai, hot chocolate,
        water, sparkling water, mineral water, lemonade, orange juice, apple juice, cranberry juice, smoothie, milk,
        oat milk, milkshake, cola, diet cola, ginger ale, root beer, beer, light beer, cider, red wine, white wine,
        champagne, gin and tonic, margarita, mojito, martini, whiskey, vodka, rum, bloody mary
    """,
    "dessert": """
        ice cream, vanilla ice cream, chocolate cake, carrot cake, cheesecake, apple pie, cherry pie, pumpkin pie,
        brownies, cookies, chocolate chip cookies, cupcakes, muffins, donuts, tiramisu, panna cotta, creme brulee,
        fruit salad, pudding, rice pudding, custard, sorbet, macarons, baklava, pavlova, trifle, churros, waffles
    """,
    "game": """
        chess, checkers, backgammon, poker, blackjack, bingo, solitaire, hearts, bridge, rummy, go fish, crazy eights,
        tic tac toe, hangman, trivia, twenty questions, charades, hide and seek, rock paper scissors, dominoes,
        mahjong, darts, pool, truth or dare, word search, crossword, memory, snakes and ladders
    """,
    "airline": """
        delta, united, american airlines, southwest, jet blue, alaska airlines, spirit, frontier, air canada,
        british airways, virgin atlantic, easy jet, ryanair, aer lingus, lufthansa, swiss, austrian airlines, k. l. m.,
        air france, iberia, alitalia, finnair, s. a. s., turkish airlines, emirates, etihad, qatar airways, air india,
        singapore airlines, cathay pacific, japan airlines, korean air, qantas, air new zealand, ethiopian airlines
    """,
    "airport": """
        heathrow, gatwick, stansted, j. f. k., la guardia, newark, o'hare, midway, l. a. x., logan, dulles, sea tac,
        charles de gaulle, orly, schiphol, fiumicino, malpensa, barajas, changi, haneda, narita, incheon, pearson
    """,
    "landmark": """
        the eiffel tower, the statue of liberty, big ben, the golden gate bridge, the empire state building, the white
        house, mount rushmore, the grand canyon, niagara falls, central park, times square, the space needle, the
        hollywood sign, tower bridge, buckingham palace, stonehenge, the colosseum, the leaning tower of pisa, the
        louvre, notre dame, the brandenburg gate, the acropolis, the taj mahal, the great wall of china, the
        forbidden city, mount fuji, the sydney opera house, the pyramids of giza, petra, machu picchu, christ the
        redeemer, the kremlin, the sagrada familia, the london eye, hyde park, the vatican museums, mount everest
    """,
    "landform": """
        mountain, hill, valley, canyon, desert, beach, island, lake, river, waterfall, glacier, volcano, plateau,
        peninsula, bay, cliff, cave, swamp, mount everest, the grand canyon, the sahara, the alps, the rocky mountains,
        the amazon, lake superior, the nile, the mississippi, the black forest, the great barrier reef, the andes
    """,
    "gb region": """
        england, scotland, wales, northern ireland, cornwall, devon, dorset, kent, sussex, surrey, essex, suffolk,
        norfolk, yorkshire, lancashire, cumbria, northumberland, durham, cheshire, shropshire, somerset, wiltshire,
        hampshire, oxfordshire, the midlands, greater manchester, merseyside, the highlands, fife, gwynedd
    """,
    "de region": """
        bavaria, saxony, lower saxony, hesse, thuringia, brandenburg, berlin, hamburg, bremen, saarland, north rhine
        westphalia, rhineland palatinate, baden wurttemberg, saxony anhalt, schleswig holstein, mecklenburg
    """,
    "at region": """
        vienna, lower austria, upper austria, burgenland, styria, carinthia, salzburg, tyrol, vorarlberg
    """,
    "continent": "africa, antarctica, asia, europe, north america, south america, australia, oceania",
    "business": """
        foods, energy, insurance, motors, bank, airlines, software, media, logistics, health, pharmacy, electronics,
        hardware, books, fashion, furniture, travel, coffee, telecom, security, capital, labs, studios, farms
    """,
    "business type": """
        restaurant, coffee shop, cafe, bar, pub, pizza place, bakery, supermarket, grocery store, pharmacy, gas
        station, petrol station, bank, cash machine, hair salon, barber, gym, hotel, motel, hospital, dentist, doctor,
        vet, post office, library, book store, hardware store, shoe store, clothing store, florist, laundromat, dry
        cleaner, car wash, mechanic, movie theater, museum, park, parking garage, nail salon, ice cream shop
    """,
    "service": """
        haircut, massage, oil change, house cleaning, dog walking, babysitting, car rental, dry cleaning, delivery,
        plumbing, gardening, pest control, moving, tutoring, catering, photography, car wash, tailoring, taxi, towing
    """,
    "financial service": """
        checking account, savings account, credit card, debit card, mortgage, car loan, student loan, personal loan,
        wire transfer, investment account, retirement account, life insurance, travel insurance, overdraft, money order
    """,
    "application": """
        calendar, email, maps, camera, calculator, weather, clock, notes, photo gallery, web browser, music player,
        podcast player, messenger, text editor, spreadsheet, spotify, netflix, youtube, whatsapp, skype, zoom, slack,
        facebook, instagram, twitter, gmail, google maps, dropbox, uber, audible, kindle, photoshop, excel
    """,
    "social media": """
        facebook, instagram, twitter, youtube, tiktok, snapchat, linkedin, pinterest, reddit, tumblr, whatsapp,
        telegram, discord, mastodon, twitch, flickr, vimeo, wechat
    """,
    "tv channel": """
        b. b. c. one, b. b. c. two, i. t. v., channel four, sky news, c. n. n., fox news, n. b. c., a. b. c., c. b. s.,
        p. b. s., e. s. p. n., h. b. o., m. t. v., discovery channel, history channel, national geographic, disney
        channel, cartoon network, comedy central, nickelodeon, food network, weather channel, eurosport, euronews
    """,
    "festival": """
        glastonbury, coachella, burning man, oktoberfest, mardi gras, the edinburgh festival, carnival, diwali, eid,
        hanukkah, chinese new year, woodstock, lollapalooza, comic con, the world cup, the olympics, the super bowl,
        wimbledon, the masters, the tour de france, the oscars, the grammys, the boston marathon, pride
    """,
    "mascot": """
        tigers, lions, bears, eagles, hawks, falcons, wolves, bulls, rams, broncos, panthers, sharks, dolphins, giants,
        kings, rangers, pirates, raiders, saints, warriors, rockets, flames, stars, storm, thunder, cardinals, royals
    """,
    "occasion": """
        birthday, wedding, christmas, summer, road trip, workout, running, dinner, party, study, sleep, rainy day,
        sunday morning, beach, camping, dance, halloween, cooking, morning coffee, garden, late night, campfire
    """,
    "title verb": """
        dance, run, fly, dream, wait, fall, remember, forget, follow, hold, call, catch, find, leave, love, save, sing
    """,
    "work type": """
        song, album, playlist, movie, film, book, audiobook, poem, short story, novel, tv show, series, episode,
        documentary, cartoon, podcast, video, music video, trailer, painting, photo, game, article, magazine, newspaper
    """,
    "written work type": """
        book, novel, poem, short story, play, comic, article, essay, biography, cookbook, magazine, newspaper, diary,
        fairy tale, dictionary, report, letter, thriller, textbook, blog post
    """,
    "music work type": """
        song, album, playlist, track, single, music video, concert, symphony, opera, soundtrack, mixtape, remix, duet
    """,
    "software genre": """
        puzzle games, strategy games, racing games, role playing games, shooters, sports games, card games, board
        games, photo editors, fitness apps, language apps, banking apps, news apps, travel apps, dating apps
    """,
    "event type": """
        concert, festival, wedding, birthday party, meeting, conference, lecture, workshop, match, marathon, play,
        musical, opera, exhibition, market, parade, fireworks, appointment, interview, class, movie, reunion
    """,
    "rating": """
        best, worst, highest rated, top rated, most popular, lowest rated, five star, four star, good, bad, excellent,
        average, well reviewed, favorite, most viewed
    """,
    "anaphor": "this, that, these, those, it, them, him, her, this one, that one, the first one, the same, here",
    "position": """
        left, right, top, bottom, middle, center, above, below, top left, top right, bottom left, bottom right, in
        front of, behind, next to, between, inside, outside, under, over, near, on top of, the left side, the right
        side, upper, lower, to the left, to the right, first, last, front, back
    """,
    "visual mode": "on the screen, full screen, as a list, as a map, as pictures, in large print, as a video",
    "residence": """
        home, house, apartment, flat, condo, cottage, cabin, my place, the beach house, dorm, studio, villa, mansion,
        farm, farmhouse, townhouse, mobile home, my parents' house, grandma's house, houseboat
    """,
    "confirmation": "yes, no, maybe, i don't know, sure, of course, not really, yep, nope, okay, i think so, no way",
    "time unit": "second, minute, hour, day, week, weekend, month, quarter, year, seconds, minutes, hours, days",
    "season": "spring, summer, autumn, fall, winter",
    "weather": """
        rain, snow, sun, wind, fog, storms, thunderstorms, hail, clouds, sunshine, drizzle, ice, a heat wave
    """,
    "device": """
        lamp, light, television, thermostat, fan, speaker, coffee maker, heater, air conditioner, vacuum, printer,
        dishwasher, washing machine, dryer, doorbell, camera, front door lock, sprinkler, radio, computer
    """,
    "adjective": """
        silent, golden, broken, hidden, lonely, crimson, electric, frozen, midnight, wild, last, lost, burning,
        velvet, distant, secret, paper, iron, falling, endless
    """,
    "noun": """
        river, garden, city, mountain, forest, summer, winter, dream, road, ocean, tiger, sparrow, lantern, harbor,
        mirror, empire, kingdom, letter, shadow, machine, island, orchard
    """,
    "hero": """
        captain comet, the iron fox, princess luna, the grey wizard, doctor thunder, robin hood, sherlock holmes,
        king arthur, dracula, peter pan, cinderella, snow white, alice, frankenstein, zorro, hercules, merlin, puss
        in boots, pinocchio, the little mermaid, tom sawyer, long john silver, captain nemo, little red riding hood
    """,
    "topic": """
        coffee, tea, the history of rome, black holes, electric cars, garden plants, pasta recipes, running shoes,
        cheap flights, the stock market, my calendar, back pain, wedding gifts, guitar chords, local news, solar
        panels, climate change, the moon landing, jazz piano, board games, dog training, vegan dinners, home
        insurance, world records, olive trees, classic movies, sleep, healthy breakfast, volcanoes, robots,
        dinosaurs, paint colors, bicycle repair, tax returns, job interviews, bird songs, hiking trails, camping
        gear, birthday cake
    """,
    "question": """
        how to tie a tie, how to boil an egg, how tall is the tallest tree, what is the meaning of life, when does
        the store close, who wrote this song, why is the sky blue, where is my package, how do i reset it, what to
        do this weekend, how long to bake a potato, what is new today
    """,
    "note": """
        pick up the dry cleaning, call my mother, water the plants, the meeting went well, i feel great today, buy a
        present for anna, pay the electricity bill, remember the milk, take out the trash, i will be late, something
        funny, the dog ate my homework, book the dentist, it is raining outside, feed the cat, let us meet at noon
    """,
}

#: Name of a list -> its values.
WORDS = {name: tuple(" ".join(value.split()) for value in text.split(",")) for name, text in _TEXTS.items()}
