// SPDX-License-Identifier: GPL-2.0-only
/* nfoctl top: the live screen. The only part that knows ncurses. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <curses.h>

#include "top.h"

#define HEAD_LINES	1	/* the time; more are heads of tables */

/* The tables as text, for as many lines as the screen has. */
static char *tables(const struct top *top)
{
	FILE *out = opt.out;
	char *text = NULL;
	size_t len;

	opt.out = open_memstream(&text, &len);
	if (!opt.out) {
		opt.out = out;
		return NULL;
	}
	top_text(top, LINES > 0 ? LINES : 0);
	fclose(opt.out);
	opt.out = out;
	return text;
}

/* A line that begins in capitals is the head of a table. */
static bool is_head(const char *line)
{
	return !strncmp(line, "PORT ", 5) || !strncmp(line, "PROTO ", 6);
}

static void draw(const struct top *top)
{
	char *text = tables(top), *save = NULL, *line;
	int y = 0;

	erase();
	line = text ? strtok_r(text, "\n", &save) : NULL;
	for (; line && y < LINES; line = strtok_r(NULL, "\n", &save), y++) {
		attrset(y < HEAD_LINES ? A_BOLD : is_head(line) ? A_REVERSE : A_NORMAL);
		mvaddnstr(y, 0, line, COLS);
	}
	attrset(A_NORMAL);
	refresh();
	free(text);
}

/*
 * false: the user has seen enough, or the terminal that had something to read has it no more. Asked
 * at every turn, as ncurses hears of another size of the screen only here.
 */
static bool take_keys(struct top *top, bool ready)
{
	int key = getch();

	if (key == ERR)
		return !ready;
	for (; key != ERR; key = getch()) {
		switch (key) {
		case 'q':
			return false;
		case 'r':
			top->sort = TOP_RATE;
			break;
		case 'p':
			top->sort = TOP_PACKETS;
			break;
		case 'b':
			top->sort = TOP_BYTES;
			break;
		case 'a':
			top->what = TOP_ALL;
			break;
		case 'o':
			top->what = TOP_PORTS;
			break;
		case 'f':
			top->what = TOP_FLOWS;
			break;
		}
	}
	return true;
}

static int live(struct genl *g, struct top *top)
{
	bool color = opt.color, more = true;
	struct waiter w;
	uint32_t i = 0;
	int rc = wait_begin(&w);

	opt.color = false;	/* escapes would stand on the screen as they are */
	while (!rc && more && (!top->count || i < top->count)) {
		draw(top);
		switch (wait_for(&w, STDIN_FILENO, top->now.when + top->ms)) {
		case WAITED_READY:
			more = take_keys(top, true);
			break;
		case WAITED_TIME:
			more = take_keys(top, false);
			rc = top_next(g, top);
			i++;
			break;
		default:
			more = false;
		}
	}
	wait_end(&w);
	opt.color = color;
	return rc;
}

int top_screen(struct genl *g, struct top *top)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);
	int rc;

	if (!screen)
		return refuse("this terminal cannot do that (TERM=%s): use \"top -b\"",
			      getenv("TERM") ? getenv("TERM") : "");
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	curs_set(0);
	rc = live(g, top);
	endwin();
	delscreen(screen);
	return rc;
}
