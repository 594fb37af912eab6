"""Words for built-in slot types, as people say them; each list is a comma-separated string."""

__all__ = ["WORDS"]

_TEXTS = {
    "first name": """
        emma, olivia, noah, liam, ava, mia, lucas, ethan, sophia, amelia, james, henry, jack, leo, oliver, grace,
        chloe, ella, lily, zoe, hannah, sarah, rachel, laura, julia, anna, maria, elena, nina, clara, daniel, david,
        michael, robert, john, peter, paul, mark, thomas, andrew, kevin, brian, jason, eric, ryan, adam, simon,
        martin, victor, oscar, felix, hugo, max, sam, alex, chris, jamie, taylor, jordan, casey, priya, arjun,
        ananya, ravi, mei, wei, yuki, kenji, fatima, omar, layla, ahmed, aisha, diego, carlos, lucia, sofia, mateo,
        ingrid, lars, freya, nadia, ivan, katya, tom, ben, joe, kate, beth, mary ann, jean luc, abigail, nathan,
        stella
    """,
    "last name": """
        smith, johnson, brown, taylor, wilson, davies, evans, walker, wright, robinson, thompson, white, hughes,
        edwards, green, hall, wood, harris, lewis, martin, clarke, jackson, turner, hill, cooper, ward, morris,
        garcia, lopez, silva, rossi, müller, schmidt, novak, kowalski, petrov, nguyen, kim, tanaka, patel, singh,
        khan, okafor, haddad, o'brien, mcdonald, van dyke
    """,
    "city": """
        london, paris, berlin, madrid, rome, vienna, prague, warsaw, dublin, lisbon, oslo, stockholm, helsinki,
        copenhagen, amsterdam, brussels, zurich, geneva, munich, hamburg, barcelona, milan, athens, istanbul,
        moscow, new york, los angeles, chicago, houston, phoenix, philadelphia, san antonio, san diego, dallas, san
        jose, austin, seattle, denver, boston, detroit, portland, las vegas, memphis, baltimore, milwaukee, atlanta,
        miami, oakland, minneapolis, cleveland, new orleans, tampa, pittsburgh, cincinnati, orlando, saint louis,
        nashville, salt lake city, san francisco, washington, kansas city, charlotte, raleigh, honolulu, anchorage,
        toronto, montreal, vancouver, ottawa, calgary, mexico city, havana, lima, bogota, santiago, buenos aires,
        sao paulo, rio de janeiro, cairo, lagos, nairobi, cape town, casablanca, dubai, tel aviv, mumbai, delhi,
        bangalore, kolkata, karachi, dhaka, bangkok, singapore, jakarta, manila, hong kong, shanghai, beijing,
        seoul, tokyo, osaka, sydney, melbourne, brisbane, perth, auckland, edinburgh, glasgow, manchester,
        liverpool, bristol, leeds
    """,
    "state": """
        alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, georgia, hawaii,
        idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland, massachusetts, michigan,
        minnesota, mississippi, missouri, montana, nebraska, nevada, new hampshire, new jersey, new mexico, new
        york, north carolina, north dakota, ohio, oklahoma, oregon, pennsylvania, rhode island, south carolina,
        south dakota, tennessee, texas, utah, vermont, virginia, washington, west virginia, wisconsin, wyoming
    """,
    "country": """
        france, germany, spain, italy, portugal, england, scotland, wales, ireland, the united kingdom, norway,
        sweden, finland, denmark, iceland, poland, austria, switzerland, belgium, the netherlands, greece, turkey,
        russia, ukraine, hungary, romania, croatia, canada, mexico, the united states, cuba, jamaica, brazil,
        argentina, chile, peru, colombia, egypt, morocco, nigeria, ghana, kenya, ethiopia, south africa, israel,
        saudi arabia, iran, iraq, india, pakistan, nepal, china, japan, south korea, thailand, vietnam, indonesia,
        malaysia, the philippines, australia, new zealand
    """,
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
    "language": """
        english, french, german, spanish, italian, portuguese, dutch, swedish, norwegian, danish, finnish, polish,
        russian, greek, turkish, arabic, hebrew, hindi, tamil, bengali, japanese, korean, chinese, mandarin,
        vietnamese, thai, swahili, latin
    """,
    "weekday": "monday, tuesday, wednesday, thursday, friday, saturday, sunday",
    "month": """
        january, february, march, april, may, june, july, august, september, october, november, december
    """,
    "weather": """
        rain, snow, sun, wind, fog, storms, thunderstorms, hail, clouds, sunshine, drizzle, ice, a heat wave
    """,
    "device": """
        lamp, light, television, thermostat, fan, speaker, coffee maker, heater, air conditioner, vacuum, printer,
        dishwasher, washing machine, dryer, doorbell, camera, front door lock, sprinkler, radio, computer
    """,
    "company": """
        northwind, blue harbor, sunrise bank, acme, global foods, city transit, green valley, metro news, redwood
        software, silver line, atlas motors, pioneer energy, lakeside insurance, summit airlines, quick mart
    """,
    "street": """
        main street, oak street, maple avenue, park avenue, elm street, church road, station road, high street,
        second street, sunset boulevard, lake drive, hill road, river lane, cedar court, washington avenue, mill
        lane
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
