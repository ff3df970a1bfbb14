update tokens set claims = '{"run": 5, "attempt": 1, "sha": "aa", "actor": "lena", "actor_id": 7}' where id = '00000000-0000-7000-8000-00000000001a';
