"""Tickets in other systems"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ticket_cursors',
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('log', sa.BigInteger(), nullable=False),
    sa.Column('pulled_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('system', name=op.f('pk_ticket_cursors'))
    )
    op.create_table('ticket_remotes',
    sa.Column('system', sa.String(), nullable=False),
    sa.Column('ticket', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('remote', sa.String(), nullable=True),
    sa.Column('pushed_log', sa.BigInteger(), nullable=False),
    sa.Column('seen', sa.BigInteger(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.Double(), nullable=False),
    sa.Column('last_error', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['ticket'], ['tickets.id'], name=op.f('fk_ticket_remotes_ticket')),
    sa.PrimaryKeyConstraint('system', 'ticket', name=op.f('pk_ticket_remotes')),
    sa.UniqueConstraint('system', 'remote', name=op.f('uq_ticket_remotes_system_remote'))
    )


def downgrade() -> None:
    op.drop_table('ticket_remotes')
    op.drop_table('ticket_cursors')
