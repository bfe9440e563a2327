#!/bin/sh
python3 -c 'import app'
