update services set private_by_hand = true, private = true where id = '00000000-0000-7000-8000-000000000006';
