update organisation set name = 'Sample', time_zone = 'Europe/Berlin';
