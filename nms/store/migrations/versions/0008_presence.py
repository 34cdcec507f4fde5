"""Where hardware addresses are and were, and what they were called"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stays',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mac', sa.String(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('port', sa.String(), nullable=False),
    sa.Column('vlan', sa.Integer(), nullable=True),
    sa.Column('nearness', sa.Integer(), nullable=False),
    sa.Column('sight', sa.String(), nullable=False),
    sa.Column('first_seen', sa.Double(), nullable=False),
    sa.Column('last_seen', sa.Double(), nullable=False),
    sa.CheckConstraint('last_seen >= first_seen', name=op.f('ck_stays_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stays')),
    )
    op.create_index('ix_stays_mac', 'stays', ['mac', 'last_seen'])
    op.create_index('ix_stays_last_seen', 'stays', ['last_seen'])
    op.create_table('bindings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mac', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('value', sa.String(), nullable=False),
    sa.Column('sight', sa.String(), nullable=False),
    sa.Column('device', sa.String(), nullable=False),
    sa.Column('first_seen', sa.Double(), nullable=False),
    sa.Column('last_seen', sa.Double(), nullable=False),
    sa.CheckConstraint('last_seen >= first_seen', name=op.f('ck_bindings_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bindings')),
    )
    op.create_index('ix_bindings_mac', 'bindings', ['mac', 'last_seen'])
    op.create_index('ix_bindings_value', 'bindings', ['value'])
    op.create_index('ix_bindings_last_seen', 'bindings', ['last_seen'])


def downgrade() -> None:
    op.drop_table('bindings')
    op.drop_table('stays')
