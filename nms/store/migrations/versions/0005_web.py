"""Browser sessions, repeated requests, fault reports"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('web_sessions',
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('token', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('seen_at', sa.Double(), nullable=False),
    sa.Column('ended_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['token'], ['api_tokens.id'], name=op.f('fk_web_sessions_token')),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_web_sessions')),
    )
    op.create_table('api_replies',
    sa.Column('actor', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('body', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('actor', 'key', name=op.f('pk_api_replies')),
    )
    op.create_index(op.f('ix_api_replies_at'), 'api_replies', ['at'])
    op.create_table('fault_reports',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('department', sa.String(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('contact', sa.String(), nullable=False),
    sa.Column('folio', sa.String(), nullable=False),
    sa.Column('known', sa.Boolean(), nullable=False),
    sa.Column('forgotten_at', sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fault_reports')),
    sa.UniqueConstraint('number', name=op.f('uq_fault_reports_number')),
    )
    op.create_index(op.f('ix_fault_reports_folio'), 'fault_reports', ['folio'])
    op.create_index(op.f('ix_fault_reports_at'), 'fault_reports', ['at'])


def downgrade() -> None:
    op.drop_table('fault_reports')
    op.drop_table('api_replies')
    op.drop_table('web_sessions')
